import { completeDocument, operationsOf } from './complete-document';
import type { Operation } from './complete-operation';
import type { Schema } from './complete-schemas';

const JSON_OF = (schema: Schema) =>
  ({ content: { 'application/json': { schema } } }) as Operation['requestBody'];

/** A document with one operation, completed. */
function completed(operation: Partial<Operation>, schemas: Record<string, Schema> = {}, path = '/v1/things') {
  const document = completeDocument({
    openapi: '3.1.0',
    info: { title: 'Things', version: '1' },
    paths: { [path]: { post: { responses: { 204: { description: '' } }, ...operation } } },
    components: { schemas: schemas },
  });
  const [{ operation: result }] = operationsOf(document);
  return { document, operation: result, codes: codesOf(result) };
}

function codesOf({ responses }: Operation): string[] {
  return Object.values(responses).flatMap((response) =>
    response && 'content' in response
      ? Object.keys(response.content?.['application/problem+json']?.examples ?? {})
      : [],
  );
}

describe('What is added to every operation', () => {
  it('is public when nothing secures it', () => {
    expect(completed({}).operation.security).toEqual([]);
  });

  it.each([
    ['any', {}, ['MALFORMED_HEADER']],
    [
      'a secured one',
      { security: [{ bearer: [] }] },
      ['UNAUTHENTICATED', 'TOKEN_INVALID', 'STORE_UNAVAILABLE'],
    ],
    ['one that may be secured', { security: [{}, { bearer: [] }] }, ['UNAUTHENTICATED', 'TOKEN_INVALID']],
    [
      'one with a body',
      { requestBody: JSON_OF({ type: 'object' }) },
      ['MALFORMED_BODY', 'BODY_TOO_LARGE', 'UNSUPPORTED_MEDIA_TYPE', 'VALIDATION_FAILED'],
    ],
    ['one with a query', { parameters: [{ name: 'to', in: 'query' }] }, ['VALIDATION_FAILED']],
  ] as [string, Partial<Operation>, string[]][])('%s has its problems', (_, operation, codes) => {
    expect(completed(operation).codes).toEqual(expect.arrayContaining(codes));
  });

  it('takes an Idempotency-Key when it changes state, and says what may be wrong with it', () => {
    const { operation, codes } = completed({ parameters: [{ name: 'to', in: 'query' }] });
    expect(operation.parameters).toMatchObject([
      { name: 'to' },
      { name: 'Idempotency-Key', in: 'header', required: false },
    ]);
    expect(codes).toEqual(
      expect.arrayContaining([
        'IDEMPOTENCY_KEY_INVALID',
        'IDEMPOTENCY_IN_FLIGHT',
        'IDEMPOTENCY_KEY_REUSED',
        'STORE_UNAVAILABLE',
      ]),
    );
    expect(operation.responses[204]).toMatchObject({
      headers: { 'Idempotency-Replayed': { $ref: '#/components/headers/Idempotency-Replayed' } },
    });
    expect(operation.responses[503]).not.toMatchObject({
      headers: { 'Idempotency-Replayed': expect.anything() as unknown },
    });
  });

  it('takes no key when it only reads', () => {
    const { operation, codes } = completed({ 'x-changes-nothing': true } as Partial<Operation>);
    expect(operation).not.toHaveProperty('parameters');
    expect(operation).not.toHaveProperty('x-changes-nothing');
    expect(codes).not.toContain('IDEMPOTENCY_KEY_INVALID');
  });

  it('knows that only a path with a member can be malformed', () => {
    expect(completed({}, {}, '/v1/things/{id}').codes).toContain('MALFORMED_PATH');
    expect(completed({}).codes).not.toContain('MALFORMED_PATH');
  });

  it('leaves a report that is no problem document alone', () => {
    const report = {
      description: 'not ready',
      content: { 'application/json': { schema: { type: 'object' } } },
    };
    const { operation } = completed({
      responses: { 200: { description: '' }, 503: report },
    });
    expect(Object.keys((operation.responses[503] as typeof report).content)).toEqual(['application/json']);
  });

  it('says for the rest what any route can answer', () => {
    const { document, operation } = completed({});
    expect(operation.responses.default).toEqual({ $ref: '#/components/responses/AnyProblem' });
    expect(document.components?.responses?.AnyProblem).toBeDefined();
  });

  it('describes a success by what it answers with', () => {
    const answer = { description: '', ...JSON_OF({ $ref: '#/components/schemas/Thing' }) };
    const { operation } = completed(
      { responses: { 200: answer } },
      {
        Thing: { type: 'object', description: 'A thing.' } as Schema,
      },
    );
    expect(operation.responses[200]).toMatchObject({
      description: 'A thing.',
      headers: { 'X-Request-Id': { $ref: '#/components/headers/X-Request-Id' } },
    });
  });
});

describe('What becomes of schemas', () => {
  const parts: Record<string, Schema> = {
    Whole: {
      type: 'object',
      properties: {
        part: { allOf: [{ $ref: '#/components/schemas/Part' }] },
        count: { type: 'number', example: 3 },
        left: { type: ['number', 'null'] },
      },
    },
    Part: { type: 'object', properties: { share: { type: 'number', format: 'double' } } },
    Answer: { type: 'object', properties: { ok: { type: 'boolean' } } },
  };
  const { document } = completed(
    { requestBody: JSON_OF({ $ref: '#/components/schemas/Whole' }) },
    structuredClone(parts),
  );
  const schemas = document.components?.schemas as unknown as Record<string, Schema>;

  it('closes what a body is made of, and leaves answers open', () => {
    expect(schemas.Whole.additionalProperties).toBe(false);
    expect(schemas.Part.additionalProperties).toBe(false);
    expect(schemas.Answer.additionalProperties).toBeUndefined();
  });

  it('writes references and examples as JSON Schema 2020-12 does', () => {
    expect(schemas.Whole.properties?.part).toEqual({ $ref: '#/components/schemas/Part' });
    expect(schemas.Whole.properties?.count.examples).toEqual([3]);
  });

  it('knows that numbers are whole unless they say otherwise', () => {
    expect(schemas.Whole.properties?.count).toMatchObject({ type: 'integer', minimum: 0 });
    expect(schemas.Whole.properties?.left).toMatchObject({ type: ['integer', 'null'], minimum: 0 });
    expect(schemas.Part.properties?.share).toMatchObject({ type: 'number' });
  });
});
