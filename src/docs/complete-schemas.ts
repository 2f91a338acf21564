/** The parts of a JSON Schema that matter here. */
export interface Schema {
  $ref?: string;
  type?: string | string[];
  format?: string;
  minimum?: number;
  maximum?: number;
  example?: unknown;
  examples?: unknown[];
  properties?: Record<string, Schema>;
  items?: Schema;
  allOf?: Schema[];
  additionalProperties?: boolean | Schema;
}

const REFERENCE = '#/components/schemas/';
const LARGEST = 2_147_483_647;

/** Brings a schema, and all within it, from what Nest writes to JSON Schema 2020-12 as OpenAPI 3.1 uses it. */
export function modernise(schema: Schema): void {
  if ('example' in schema) {
    schema.examples ??= [schema.example];
    delete schema.example;
  }
  // A reference may have neighbours now.
  if (schema.allOf?.length === 1 && schema.allOf[0].$ref) {
    schema.$ref = schema.allOf[0].$ref;
    delete schema.allOf;
  }
  // TypeScript knows no integers. Numbers are whole here and not negative, unless they say otherwise.
  if ([schema.type].flat().includes('number') && !schema.format) {
    Object.assign(schema, {
      type: Array.isArray(schema.type) ? schema.type.map(wholeOf) : 'integer',
      minimum: schema.minimum ?? 0,
      maximum: schema.maximum ?? LARGEST,
    });
  }
  for (const child of childrenOf(schema)) modernise(child);
}

const wholeOf = (type: string): string => (type === 'number' ? 'integer' : type);

/** Says of every schema that a request's body is made of that it takes no other members, as the validation does. */
export function close(schema: Schema, schemas: Readonly<Record<string, Schema>>): void {
  const named = schema.$ref?.startsWith(REFERENCE) && schemas[schema.$ref.slice(REFERENCE.length)];
  if (named && named.additionalProperties === undefined) close(named, schemas);
  if (schema.properties) schema.additionalProperties ??= false;
  for (const child of childrenOf(schema)) close(child, schemas);
}

function childrenOf({ properties = {}, items, allOf = [], additionalProperties }: Schema): Schema[] {
  return [
    ...Object.values(properties),
    ...(items ? [items] : []),
    ...allOf,
    ...(typeof additionalProperties === 'object' ? [additionalProperties] : []),
  ];
}
