import { ApiParam, ApiProperty, ApiSchema } from '@nestjs/swagger';

// What TypeScript's types and the validators don't say about a member. The rest of its schema (type, null, description,
// examples) comes from the build: see nest-cli.json.

const EXAMPLE_ID = '019aa3c4-7d60-7c3e-9a55-0d6f3f1f8a10';

// Where @nestjs/swagger keeps the members of a class, and where its compiler plugin lists them. It exports neither name.
const MEMBERS = 'swagger/apiModelPropertiesArray';
const METADATA_FACTORY = '_OPENAPI_METADATA_FACTORY';

/**
 * Names and describes the schema of a class. Names are public, since generated clients use them; they begin with the
 * module's name, because a host platform may have a class of the same name.
 */
export function ApiModel(name: string, description: string): ClassDecorator {
  return (target) => {
    ApiSchema({ name, description })(target);
    const factory = Reflect.get(target, METADATA_FACTORY) as (() => object) | undefined;
    if (!factory) return;
    // Decorated members would come before the others: a reader expects them in the order of the source.
    const inherited = Reflect.getMetadata(MEMBERS, target.prototype as object) as string[] | undefined;
    const own = Object.keys(factory()).map((member) => `:${member}`);
    Reflect.defineMetadata(
      MEMBERS,
      [...(inherited ?? []).filter((member) => !own.includes(member)), ...own],
      target.prototype as object,
    );
  };
}

/** @param pattern a regular expression for the whole text */
export function ApiText(maxLength: number, pattern?: string): PropertyDecorator {
  return ApiProperty({ maxLength, ...(pattern && { pattern }) });
}

/** Numbers are whole and not negative wherever nothing else is said. */
export function ApiCount(bounds: { minimum?: number; maximum?: number }): PropertyDecorator {
  return ApiProperty(bounds);
}

export function ApiUuid(): PropertyDecorator {
  return ApiProperty({ format: 'uuid', maxLength: 36 });
}

/** RFC 3339, in UTC. */
export function ApiInstant(): PropertyDecorator {
  return ApiProperty({ format: 'date-time', maxLength: 30 });
}

export function ApiList(maxItems: number): PropertyDecorator {
  return ApiProperty({ maxItems });
}

/** An id in the path. Whatever else stands there is answered like an id that nothing has. */
export function ApiId(name: string, description: string): MethodDecorator {
  return ApiParam({
    name,
    description,
    schema: { type: 'string', format: 'uuid', maxLength: 36, example: EXAMPLE_ID },
  });
}
