import type { LoggerService } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { OpenAPIObject } from '@nestjs/swagger';
import { AppModule } from './app.module';
import { AT_ROOT } from './app.setup';
import { createApiDocument } from './docs/api-document';
import { validateEnv } from './validate-env';

/**
 * The document of the service with everything mounted, development routes too: that is how people explore it.
 * Nothing is started: in preview mode Nest reads the modules and makes none of their providers.
 * @param onWarning is told what Nest warns of, such as two schemas of one name
 */
export async function previewDocument(onWarning: (warning: string) => void): Promise<OpenAPIObject> {
  const app = await NestFactory.create(
    AppModule.with({
      env: validateEnv({ NODE_ENV: 'test' }),
      databaseUrl: 'postgres://nowhere.invalid/none',
      redisUrl: 'redis://nowhere.invalid',
      secretKey: Buffer.alloc(32),
    }),
    { preview: true, abortOnError: false, logger: warningsTo(onWarning) },
  );
  app.setGlobalPrefix('v1', { exclude: AT_ROOT });
  return createApiDocument(app);
}

function warningsTo(onWarning: (warning: string) => void): LoggerService {
  const tell = (message: unknown, ...context: unknown[]) => {
    // Nest announces the preview itself as a warning.
    if (!context.includes('NestApplicationContext')) onWarning(String(message));
  };
  return { log: () => undefined, warn: tell, error: tell };
}
