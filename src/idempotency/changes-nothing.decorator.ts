import { applyDecorators, SetMetadata } from '@nestjs/common';
import { ApiExtension } from '@nestjs/swagger';

/** Metadata key. */
export const CHANGES_NOTHING = 'gatecode:changes-nothing';
/** Where the document learns of it; not part of what is published. */
export const CHANGES_NOTHING_EXTENSION = 'x-changes-nothing';

/** A POST that only reads, such as an introspection: its answer is of the moment, and an Idempotency-Key is ignored. */
export function ChangesNothing(): MethodDecorator {
  return applyDecorators(SetMetadata(CHANGES_NOTHING, true), ApiExtension(CHANGES_NOTHING_EXTENSION, true));
}
