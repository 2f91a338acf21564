import type { INestApplication } from '@nestjs/common';
import { DocumentBuilder, type OpenAPIObject, SwaggerModule } from '@nestjs/swagger';
import { REGISTRATION_SCHEME } from '../auth/registration/needs-registration-token.decorator';
import { CLIENT_SCHEME } from '../auth/oauth/oauth.controller';
import { completeDocument, operationsOf } from './complete-document';
import { INTRODUCTION, TAGS } from './introduction';

/** Version of the contract. It is not that of the package: a release need not change the contract. */
const CONTRACT_VERSION = '1.0.0';

/**
 * The OpenAPI document of an application. Schemas come from the build, whose compiler plugin reads the DTOs: sources
 * that were compiled by anything else give a document without them.
 */
export function createApiDocument(app: INestApplication): OpenAPIObject {
  const builder = new DocumentBuilder()
    .setOpenAPIVersion('3.1.0')
    .setTitle('Gatecode')
    .setVersion(CONTRACT_VERSION)
    .setDescription(INTRODUCTION)
    .setLicense('MIT', 'https://spdx.org/licenses/MIT.html')
    .addServer('/', 'This installation')
    .addBearerAuth({
      type: 'http',
      scheme: 'bearer',
      bearerFormat: 'JWT',
      description: 'The `accessToken` that `createSession`, `registerUser` or `refreshSession` answered.',
    })
    .addBearerAuth(
      {
        type: 'http',
        scheme: 'bearer',
        description: 'The `registrationToken` that `startRegistration` answered: for that registration only.',
      },
      REGISTRATION_SCHEME,
    )
    .addBasicAuth(
      { type: 'http', scheme: 'basic', description: 'Id and secret of a client of `OAUTH_CLIENTS`.' },
      CLIENT_SCHEME,
    )
    .addSecurityRequirements('bearer');
  for (const [name, description] of TAGS) builder.addTag(name, description);
  const document = completeDocument(SwaggerModule.createDocument(app, builder.build()));
  // A tag that nothing carries would only ask where its operations went.
  const used = new Set(operationsOf(document).flatMap(({ operation }) => operation.tags ?? []));
  const { contact: _nobody, ...info } = document.info;
  return { ...document, info, tags: document.tags?.filter(({ name }) => used.has(name)) };
}
