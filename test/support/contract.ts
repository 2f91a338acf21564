import addFormats from 'ajv-formats';
import Ajv2020, { type ValidateFunction } from 'ajv/dist/2020';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

// The committed document, as far as tests look into it.

export interface Schema {
  readonly $ref?: string;
  readonly type?: string | readonly string[];
  readonly format?: string;
  readonly pattern?: string;
  readonly enum?: readonly unknown[];
  readonly maxLength?: number;
  readonly maxItems?: number;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly examples?: readonly unknown[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly items?: Schema;
  readonly additionalProperties?: boolean | Schema;
}

export interface Media {
  readonly schema: Schema;
  readonly examples?: Readonly<Record<string, { readonly value: Record<string, unknown> }>>;
}

export interface Reply {
  readonly $ref?: string;
  readonly description: string;
  readonly headers?: Readonly<Record<string, { readonly $ref: string }>>;
  readonly content?: Readonly<Record<string, Media>>;
}

export interface Operation {
  readonly operationId: string;
  readonly tags: readonly string[];
  readonly summary?: string;
  readonly description?: string;
  readonly security: readonly Readonly<Record<string, readonly string[]>>[];
  readonly parameters?: readonly { readonly name: string; readonly in: string; readonly schema: Schema }[];
  readonly requestBody?: { readonly content: Readonly<Record<string, Media>> };
  readonly responses: Readonly<Record<string, Reply>>;
}

export interface Contract {
  readonly openapi: string;
  readonly servers: readonly { readonly url: string }[];
  readonly security: readonly object[];
  readonly tags: readonly { readonly name: string; readonly description: string }[];
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: {
    readonly schemas: Readonly<Record<string, Schema>>;
    readonly headers: Readonly<Record<string, { readonly schema: Schema; readonly example: unknown }>>;
    readonly responses: Readonly<Record<string, Reply>>;
    readonly securitySchemes: Readonly<Record<string, object>>;
  };
}

export const PROBLEM_JSON = 'application/problem+json';

export const contract = JSON.parse(
  readFileSync(join(__dirname, '..', '..', 'openapi.json'), 'utf8'),
) as Contract;

export interface Call {
  readonly path: string;
  readonly method: string;
  readonly operation: Operation;
}

/** Every operation of the document. */
export const calls: readonly Call[] = Object.entries(contract.paths).flatMap(([path, item]) =>
  Object.entries(item).map(([method, operation]) => ({ path, method, operation })),
);

/** The response that a status is documented by; `default` is that of every status without one. */
export function replyTo({ responses }: Operation, status: number): Reply {
  return follow(responses[status] ?? responses.default);
}

export function follow(reply: Reply): Reply {
  return reply.$ref ? contract.components.responses[reply.$ref.split('/').at(-1)!] : reply;
}

const ID = 'https://gatecode.dev/openapi.json';
const ajv = addFormats(new Ajv2020({ strict: false, allErrors: true }));
ajv.addSchema({ $id: ID, components: { schemas: contract.components.schemas } });
const compiled = new Map<string, ValidateFunction>();

/** What is wrong with a value by a schema of the document; nothing, as it should be. */
export function faultsOf(schema: Schema, value: unknown): string[] {
  const text = JSON.stringify(schema).replaceAll('"#/components/', `"${ID}#/components/`);
  const validate = compiled.get(text) ?? ajv.compile(JSON.parse(text) as object);
  compiled.set(text, validate);
  if (validate(value)) return [];
  return (validate.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message}`);
}

/** Every schema of the document with what it is called, members and items too. */
export function* allSchemas(): Generator<readonly [name: string, schema: Schema]> {
  for (const [name, schema] of Object.entries(contract.components.schemas)) yield* within(name, schema);
  for (const { operation } of calls)
    for (const { name, schema } of operation.parameters ?? [])
      yield* within(`${operation.operationId}?${name}`, schema);
}

/** A schema and those in it. */
function* within(name: string, schema: Schema): Generator<readonly [string, Schema]> {
  yield [name, schema];
  for (const [member, each] of Object.entries(schema.properties ?? {}))
    yield* within(`${name}.${member}`, each);
  if (schema.items) yield* within(`${name}[]`, schema.items);
}

/** A body to send: the examples of an operation, or one that is put together from its members' examples. */
export function bodiesOf({ requestBody }: Operation): unknown[] {
  const media = requestBody?.content['application/json'];
  if (!media) return [undefined];
  if (media.examples) return Object.values(media.examples).map(({ value }) => value);
  const { properties = {} } = contract.components.schemas[media.schema.$ref!.split('/').at(-1)!];
  return [
    Object.fromEntries(Object.entries(properties).map(([name, { examples = [] }]) => [name, examples[0]])),
  ];
}
