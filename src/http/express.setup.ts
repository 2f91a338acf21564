import { NotFoundException } from '@nestjs/common';
import type { NestExpressApplication } from '@nestjs/platform-express';
import type { Request, Response } from 'express';
import { expressRoutes } from './express-routes';
import type { PlatformSetUp } from './platform';
import { configureServer } from './server';

export function setUpExpress(
  app: NestExpressApplication,
  { edge, trust, filter, routes }: PlatformSetUp,
): void {
  configureServer(app.getHttpServer());
  app.set('trust proxy', trust);
  app.disable('x-powered-by');
  // Nothing of ours may be stored by a cache, so that nothing is ever compared.
  app.disable('etag');
  app.use(edge);
  // Routes exist only once the application is initialised, which it is before it listens.
  app.getHttpServer().once('listening', () => {
    routes.fill(expressRoutes(app));
    // Nest answers unknown paths below the prefix only.
    app.use((request: Request, response: Response) =>
      filter.answer(new NotFoundException(), request, response),
    );
  });
}
