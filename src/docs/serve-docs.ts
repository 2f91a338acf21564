import type { INestApplication } from '@nestjs/common';
import { SwaggerModule } from '@nestjs/swagger';
import { createApiDocument } from './api-document';
import { withAssets } from './swagger-assets';

/** What is asked for by a person is built when it is asked for: the start-up doesn't wait for it. */
export function serveDocs(app: INestApplication): void {
  SwaggerModule.setup('docs', withAssets(app), () => createApiDocument(app), {
    jsonDocumentUrl: 'docs-json',
    yamlDocumentUrl: 'docs-yaml',
    customSiteTitle: 'Gatecode API',
    swaggerOptions: {
      persistAuthorization: true,
      tryItOutEnabled: true,
      displayRequestDuration: true,
      filter: true,
      // Descriptions name operations by their ids, and link to them.
      displayOperationId: true,
      deepLinking: true,
      // Responses are long: what was answered is shown, what could be answered is a click away.
      docExpansion: 'list',
      defaultModelsExpandDepth: 0,
      validatorUrl: null,
    },
  });
}
