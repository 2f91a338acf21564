import type { INestApplication } from '@nestjs/common';
import { GUARDS_METADATA } from '@nestjs/common/constants';
import { ModulesContainer } from '@nestjs/core';
import { RegistrationTokenGuard } from '../src/auth/registration/registration-token.guard';
import { JwtAuthGuard, OptionalJwtAuthGuard } from '../src/common/jwt-auth.guard';
import { problemType } from '../src/common/problem';
import { PROBLEMS, type ProblemCode } from '../src/common/problem-catalog';
import { expressRoutes } from '../src/http/express-routes';
import type { GatecodeFastifyAdapter } from '../src/http/fastify.adapter';
import { RATE_LIMIT_GROUP } from '../src/rate-limit/rate-limit.guard';
import {
  allSchemas,
  bodiesOf,
  type Call,
  calls,
  contract,
  faultsOf,
  follow,
  type Operation,
  PROBLEM_JSON,
  replyTo,
} from './support/contract';
import { Journey } from './support/journey';
import { type RunningApp, startApp, WIDE } from './support/start-app';

// The committed openapi.json, held to the rules that clients rely on, and to the application. That it is what the build
// gives is checked by `npm run openapi -- --check`.

/** Operations for which something is not as it should be; named, so that a failure tells where to look. */
const operationsThat = (isWrong: (operation: Operation) => boolean): string[] =>
  calls.filter(({ operation }) => isWrong(operation)).map(({ operation }) => operation.operationId);

const isSecured = ({ security }: Operation) => security.some((requirement) => 'bearer' in requirement);
const codesOf = ({ responses }: Operation): string[] =>
  Object.values(responses).flatMap((reply) => Object.keys(reply.content?.[PROBLEM_JSON]?.examples ?? {}));

describe('The document', () => {
  it('is OpenAPI 3.1, for the server that it came from, and closed unless an operation opens itself', () => {
    expect(contract.openapi).toMatch(/^3\.1\./);
    expect(contract.servers.map(({ url }) => url)).toEqual(['/']);
    expect(contract.security).toEqual([{ bearer: [] }]);
    expect(contract.components.securitySchemes).toMatchObject({ bearer: { type: 'http', scheme: 'bearer' } });
  });

  it('describes every tag', () => {
    expect(contract.tags.filter(({ description }) => !description)).toEqual([]);
  });

  it('names schemas after their module, so that a host platform can have its own', () => {
    const names = Object.keys(contract.components.schemas);
    expect(
      names.filter((name) => !/^(Auth|Users|Sms|Storage|Verification|Ops|Gatecode)[A-Z]/.test(name)),
    ).toEqual([]);
    expect(names.filter((name) => name.endsWith('Dto'))).toEqual([]);
  });

  it('lists members in the order of the source', () => {
    expect(Object.keys(contract.components.schemas.AuthSessionRequest.properties ?? {})[0]).toBe('grant');
  });
});

describe('Every operation', () => {
  it('that asks about or ends a token by a form answers 200', () => {
    const forms = calls.filter(({ path }) => path.startsWith('/v1/oauth/'));
    expect(forms).toHaveLength(2);
    for (const { operation } of forms) {
      expect(Object.keys(operation.responses).filter((status) => status.startsWith('2'))).toEqual(['200']);
    }
  });

  it('has an id of its own, a verb and a noun', () => {
    const ids = calls.map(({ operation }) => operation.operationId);
    expect(ids.filter((id, index) => ids.indexOf(id) !== index)).toEqual([]);
    expect(ids.filter((id) => !/^[a-z]+([A-Z][a-z]*)+$/.test(id))).toEqual([]);
  });

  it('has one tag, which is declared', () => {
    const declared = contract.tags.map(({ name }) => name);
    expect(operationsThat(({ tags }) => tags.length !== 1 || !declared.includes(tags[0]))).toEqual([]);
  });

  it('is summarised and described', () => {
    expect(operationsThat(({ summary, description }) => !summary || !description)).toEqual([]);
  });

  it('answers a success with a schema, or with nothing', () => {
    const hasNone = ({ responses }: Operation) =>
      Object.entries(responses)
        .filter(([status]) => /^2/.test(status))
        .every(
          ([status, { content = {} }]) => status !== '204' && Object.values(content).every((m) => !m.schema),
        );
    // RFC 7009 2.2 wants 200, and nobody to read what comes with it.
    expect(operationsThat(hasNone)).toEqual(['revokeToken']);
  });

  it('describes every answer and sends a request id with it', () => {
    const isBare = ({ responses }: Operation) =>
      Object.values(responses)
        .map(follow)
        .some(({ description, headers = {} }) => !description || !('X-Request-Id' in headers));
    expect(operationsThat(isBare)).toEqual([]);
  });

  it('says by whom it can be called', () => {
    expect(operationsThat(({ security }) => security === undefined)).toEqual([]);
  });

  it.each([
    ['takes a body', ({ requestBody }: Operation) => !!requestBody, ['400', '413', '415', '422']],
    ['needs a token', isSecured, ['401', '503']],
    ['is limited', (operation: Operation) => codesOf(operation).includes('RATE_LIMITED'), ['429', '503']],
    ['is any', () => true, ['400', 'default']],
  ])('that %s has the statuses of that', (_, applies, statuses) => {
    expect(
      operationsThat(
        (operation) => applies(operation) && statuses.some((status) => !(status in operation.responses)),
      ),
    ).toEqual([]);
  });

  it('that changes state takes an Idempotency-Key; those that read do not', () => {
    const takesKey = ({ parameters = [] }: Operation) =>
      parameters.some(({ name, in: place }) => name === 'Idempotency-Key' && place === 'header');
    const without = calls.filter(({ operation }) => !takesKey(operation));
    expect(without.filter(({ method }) => method !== 'get').map(({ path }) => path)).toEqual([
      '/v1/oauth/introspect',
    ]);
    const reading = calls.filter(({ method }) => method === 'get');
    expect(reading.filter(({ operation }) => takesKey(operation))).toEqual([]);
  });

  it('says with 429 and 503 when to come back, and with limits what is left', () => {
    const headersOf = (operation: Operation, status: string) =>
      Object.keys(operation.responses[status]?.headers ?? {});
    for (const status of ['429', '503']) {
      expect(
        operationsThat((o) => status in o.responses && !headersOf(o, status).includes('Retry-After')),
      ).toEqual([]);
    }
    expect(
      operationsThat(
        (o) =>
          // Quotas have no window that these could tell of.
          codesOf(o).includes('RATE_LIMITED') &&
          !['RateLimit', 'RateLimit-Policy'].every((name) => headersOf(o, '429').includes(name)),
      ),
    ).toEqual([]);
  });
});

describe('Every problem', () => {
  const replies = [
    ...calls.flatMap(({ operation }) => Object.entries(operation.responses)),
    ...Object.values(contract.components.responses).map((reply) => ['default', reply] as const),
  ].filter(([, reply]) => !reply.$ref);
  const examples = replies.flatMap(([status, { content = {} }]) =>
    Object.entries(content[PROBLEM_JSON]?.examples ?? {}).map(([name, { value }]) => ({
      status,
      name,
      value,
    })),
  );

  it('has an example for each of its codes', () => {
    const isEmpty = ([status, { content = {} }]: (typeof replies)[number]) =>
      /^[45]/.test(status) &&
      PROBLEM_JSON in content &&
      !Object.keys(content[PROBLEM_JSON].examples ?? {}).length;
    expect(replies.filter(isEmpty)).toEqual([]);
    expect(examples.length).toBeGreaterThan(100);
  });

  it('is as the catalogue has it', () => {
    for (const { status, name, value } of examples) {
      const kind = PROBLEMS[name as ProblemCode];
      expect(value).toMatchObject({
        code: name,
        type: problemType(name as ProblemCode),
        title: kind.title.en,
        status: kind.status,
      });
      if (status !== 'default') expect(String(value.status)).toBe(status);
      if (kind.status === 429 || kind.status === 503) expect(value.retryAfter).toBeGreaterThan(0);
    }
  });
});

describe('Every schema', () => {
  const schemas = [...allSchemas()];
  const namesOf = (isWrong: (schema: (typeof schemas)[number][1], name: string) => boolean) =>
    schemas.filter(([name, schema]) => isWrong(schema, name)).map(([name]) => name);
  const isOf = ({ type }: { type?: string | readonly string[] }, name: string) =>
    [type].flat().includes(name);

  it('is JSON Schema 2020-12', () => {
    expect(namesOf((schema) => 'nullable' in schema || 'example' in schema)).toEqual([]);
  });

  it('bounds its strings, lists and numbers', () => {
    const isOpenText = (schema: (typeof schemas)[number][1], name: string) =>
      isOf(schema, 'string') && !name.endsWith('[]') && !schema.maxLength && !schema.enum;
    expect(namesOf(isOpenText)).toEqual([]);
    expect(namesOf((schema) => isOf(schema, 'array') && !schema.maxItems)).toEqual([]);
    expect(namesOf((schema) => isOf(schema, 'integer') && schema.maximum === undefined)).toEqual([]);
  });

  it('takes no unknown members when it is that of a body', () => {
    const bodies = calls.flatMap(({ operation }) => Object.values(operation.requestBody?.content ?? {}));
    const open = bodies.filter(
      ({ schema }) => !faultsOf(schema, { surprise: 1 }).some((f) => /additional/.test(f)),
    );
    expect(bodies.length).toBeGreaterThan(5);
    expect(open).toEqual([]);
  });

  it('has examples that it accepts', () => {
    const faults = schemas.flatMap(([name, schema]) =>
      (schema.examples ?? []).flatMap((example) =>
        faultsOf(schema, example).map((fault) => `${name}: ${fault}`),
      ),
    );
    const media = calls.flatMap(({ operation }) => [
      ...Object.values(operation.requestBody?.content ?? {}),
      ...Object.values(operation.responses).flatMap((reply) => Object.values(follow(reply).content ?? {})),
    ]);
    const inMedia = media.flatMap(({ schema, examples = {} }) =>
      Object.entries(examples).flatMap(([name, { value }]) =>
        faultsOf(schema, value).map((fault) => `${name}: ${fault}`),
      ),
    );
    const inHeaders = Object.entries(contract.components.headers).flatMap(([name, { schema, example }]) =>
      faultsOf(schema, example).map((fault) => `${name}: ${fault}`),
    );
    expect([...faults, ...inMedia, ...inHeaders]).toEqual([]);
  });

  it('has no secret among its examples', () => {
    const tokens = JSON.stringify(contract).match(/\b(gc[a-z]_|eyJ)[A-Za-z0-9_.-]{20,}/g) ?? [];
    expect(tokens.length).toBeGreaterThan(0);
    expect(tokens.filter((token) => !token.includes('EXAMPLE'))).toEqual([]);
  });
});

describe('The application', () => {
  let running: RunningApp;
  let token: string;

  beforeAll(async () => {
    running = await startApp(WIDE);
    ({ accessToken: token } = await new Journey(running).register());
  });

  afterAll(() => running?.stop());

  it('has every route of the document, and no other', () => {
    const documented = calls.map(({ method, path }) => `${method.toUpperCase()} ${path}`);
    expect(routesOf(running.app).sort()).toEqual([...documented].sort());
  });

  it('guards and limits what the document says it does', () => {
    const handlers = handlersOf(running.app);
    for (const { operation } of calls) {
      const { isLimited, guards } = handlers.get(operation.operationId)!;
      const optional = guards.includes(OptionalJwtAuthGuard);
      expect([operation.operationId, codesOf(operation).includes('RATE_LIMITED')]).toEqual([
        operation.operationId,
        isLimited,
      ]);
      expect([operation.operationId, isSecured(operation)]).toEqual([
        operation.operationId,
        optional || guards.includes(JwtAuthGuard),
      ]);
      expect([operation.operationId, operation.security.some(({ registration }) => !!registration)]).toEqual([
        operation.operationId,
        guards.includes(RegistrationTokenGuard),
      ]);
      expect(operation.security.some((requirement) => Object.keys(requirement).length === 0)).toBe(optional);
    }
  });

  it('can be sent every example as it is, and answers as documented', async () => {
    const faults: string[] = [];
    // Sessions end last: the token is needed until then.
    for (const call of [...calls].sort((a, b) => Number(endsSessions(a)) - Number(endsSessions(b)))) {
      for (const body of bodiesOf(call.operation)) faults.push(...(await tryOut(call, body)));
    }
    expect(faults).toEqual([]);
  });

  async function tryOut({ path, method, operation }: Call, body: unknown): Promise<string[]> {
    const address = path.replace(/\{\w+\}/g, '019aa3c4-7d60-7c3e-9a55-0d6f3f1f8a10');
    const response = await fetch(`${running.url}${address}`, {
      method: method.toUpperCase(),
      headers: {
        ...(isSecured(operation) && { Authorization: `Bearer ${token}` }),
        ...(body !== undefined && { 'Content-Type': 'application/json' }),
      },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
    const { status, headers } = response;
    const text = await response.text();
    const complain = (fault: string) => [
      `${operation.operationId} ${status}: ${fault} ${text.slice(0, 300)}`,
    ];
    const { content } = replyTo(operation, status);
    if (!(status in operation.responses)) return complain('is not documented');
    if (status === 400 || text.includes('VALIDATION_FAILED')) return complain('the example was refused');
    if (!headers.has('X-Request-Id')) return complain('has no request id');
    if (!content) return text === '' ? [] : complain('has a body');
    const type = headers.get('Content-Type')?.split(';')[0] ?? '';
    if (!(type in content)) return complain(`has the type ${type}`);
    const value: unknown = type.endsWith('json') ? JSON.parse(text) : text;
    return faultsOf(content[type].schema, value).flatMap(complain);
  }
});

const endsSessions = ({ operation }: Call) => /^(logOut|end)/.test(operation.operationId);

/** What the platform routes to: `GET /v1/users/me`. The documents themselves, and the page to try it, are not part of the contract. */
function routesOf(app: INestApplication): string[] {
  const platform = app.getHttpAdapter() as unknown as Partial<GatecodeFastifyAdapter>;
  const known = platform.known ?? expressRoutes(app);
  return (
    known
      // Where uploads and downloads of the local disk go: clients are given whole URLs, of this or another store.
      .filter(({ path }) => !/^\/(docs|demo|v1\/storage\/)/.test(path))
      .flatMap(({ path, methods }) => methods.map((method) => `${method} ${path.replace(/:(\w+)/g, '{$1}')}`))
      // Fastify makes one for each GET.
      .filter((route) => !route.startsWith('HEAD '))
  );
}

interface Handler {
  readonly isLimited: boolean;
  readonly guards: readonly unknown[];
}

/** What stands on every handler, by its operation's id. */
function handlersOf(app: INestApplication): Map<string, Handler> {
  const handlers = new Map<string, Handler>();
  for (const { controllers } of app.get(ModulesContainer).values()) {
    for (const { metatype } of controllers.values()) {
      const prototype = metatype?.prototype as Record<string, object> | undefined;
      for (const name of Object.getOwnPropertyNames(prototype ?? {})) {
        const targets = [prototype![name], metatype!];
        const operation = Reflect.getMetadata('swagger/apiOperation', prototype![name]) as
          { operationId: string } | undefined;
        if (!operation) continue;
        handlers.set(operation.operationId, {
          isLimited: targets.some((target) => Reflect.hasMetadata(RATE_LIMIT_GROUP, target)),
          guards: targets.flatMap(
            (target) => (Reflect.getMetadata(GUARDS_METADATA, target) ?? []) as unknown[],
          ),
        });
      }
    }
  }
  return handlers;
}
