import { Problem } from '../common/problem';
import type { ProblemCode } from '../common/problem-catalog';
import { StorageError, type StorageFault } from './storage.error';

const CODES: Readonly<Record<StorageFault, ProblemCode>> = {
  'not-found': 'NOT_FOUND',
  exists: 'UPLOAD_TICKET_USED',
  range: 'RANGE_NOT_SATISFIABLE',
  'too-large': 'UPLOAD_TOO_LARGE',
  'too-small': 'UPLOAD_TOO_SMALL',
  'wrong-type': 'UPLOAD_TYPE_REFUSED',
  'wrong-checksum': 'STORAGE_UNAVAILABLE',
  denied: 'STORAGE_UNAVAILABLE',
  misconfigured: 'STORAGE_UNAVAILABLE',
  throttled: 'STORAGE_UNAVAILABLE',
  aborted: 'MALFORMED_FORM',
  full: 'STORAGE_UNAVAILABLE',
  unavailable: 'STORAGE_UNAVAILABLE',
};

/** What a client is told of a store that failed while it handled an upload or a download of this client. */
export function storageProblem(error: StorageError): Problem {
  return new Problem(CODES[error.fault], {}, { cause: error });
}

/** Anything but the answer of a store stays what it is. */
export function asProblem(error: unknown): unknown {
  return error instanceof StorageError ? storageProblem(error) : error;
}
