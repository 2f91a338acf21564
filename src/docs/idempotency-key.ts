import type { ProblemCode } from '../common/problem-catalog';
import { CHANGES_NOTHING_EXTENSION } from '../idempotency/changes-nothing.decorator';
import { CHANGING_METHODS } from '../idempotency/idempotency-key';
import type { Operation } from './complete-operation';

/** Problems of a request with an Idempotency-Key. */
export const OF_KEYS: readonly ProblemCode[] = [
  'IDEMPOTENCY_KEY_INVALID',
  'IDEMPOTENCY_IN_FLIGHT',
  'IDEMPOTENCY_KEY_REUSED',
  'STORE_UNAVAILABLE',
];

const PARAMETER: Extract<NonNullable<Operation['parameters']>[number], { in: unknown }> = {
  name: 'Idempotency-Key',
  in: 'header',
  required: false,
  description:
    'A name of your own for this request, best a random UUID. Who repeats the request with its key gets the first answer ' +
    'again and changes nothing. Another request needs another key.',
  // No example: Swagger UI would send it with every request, and the second one is another request.
  schema: { type: 'string', minLength: 1, maxLength: 255 },
};

/**
 * Adds the header to an operation that changes state.
 * @returns whether it is one
 */
export function takeIdempotencyKey(method: string, operation: Operation): boolean {
  const marks = operation as { [CHANGES_NOTHING_EXTENSION]?: boolean };
  const changesNothing = marks[CHANGES_NOTHING_EXTENSION] === true;
  delete marks[CHANGES_NOTHING_EXTENSION];
  if (changesNothing || !CHANGING_METHODS.has(method.toUpperCase())) return false;
  operation.parameters = [...(operation.parameters ?? []), PARAMETER];
  return true;
}
