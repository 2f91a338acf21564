import type { OpenAPIObject } from '@nestjs/swagger';
import { problemResponse } from '../common/problem-responses';
import {
  ANY_PROBLEM,
  completeOperation,
  OF_ANY_ROUTE,
  type Operation,
  type PathItem,
  type PlacedOperation,
} from './complete-operation';
import { close, modernise, type Schema } from './complete-schemas';
import { HEADERS, headerRefs } from './headers';

const METHODS = ['get', 'put', 'post', 'delete', 'patch'] as const;

/** All operations of a document, in its order. */
export function operationsOf({ paths }: Pick<OpenAPIObject, 'paths'>): PlacedOperation[] {
  return Object.entries(paths).flatMap(([path, item]: [string, PathItem]) =>
    METHODS.flatMap((method) => {
      const operation = item[method];
      return operation ? [{ path, method, operation }] : [];
    }),
  );
}

/**
 * Adds what holds for every operation and can be told from its shape, so that no controller repeats it. Changes the
 * document that it is given, which is a fresh one.
 */
export function completeDocument(document: OpenAPIObject): OpenAPIObject {
  const components = (document.components ??= {});
  const schemas = (components.schemas ??= {});
  components.headers = { ...components.headers, ...HEADERS };
  components.responses = {
    ...components.responses,
    [ANY_PROBLEM.name]: {
      ...problemResponse(OF_ANY_ROUTE),
      headers: headerRefs(['X-Request-Id', 'Allow']),
    },
  };
  for (const placed of operationsOf(document)) {
    const { operation } = placed;
    completeOperation(placed, schemas);
    for (const schema of schemasOf(operation)) modernise(schema);
    const { requestBody } = operation;
    if (requestBody && 'content' in requestBody) {
      for (const { schema } of Object.values(requestBody.content))
        close(schema as Schema, schemasBy(schemas));
    }
  }
  for (const schema of Object.values(schemasBy(schemas))) modernise(schema);
  return document;
}

function schemasOf({ parameters = [], responses, requestBody }: Operation): Schema[] {
  const inParameters = parameters.map((parameter) => ('schema' in parameter ? parameter.schema : undefined));
  const bodies = [requestBody, ...Object.values(responses)].flatMap((body) =>
    body && 'content' in body ? Object.values(body.content ?? {}).map(({ schema }) => schema) : [],
  );
  return [...inParameters, ...bodies].filter((schema) => schema !== undefined) as Schema[];
}

/** Nest's type of a schema is that of OpenAPI 3.0. */
const schemasBy = (schemas: object) => schemas as Record<string, Schema>;
