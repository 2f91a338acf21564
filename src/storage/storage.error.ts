/**
 * How a call to a store can fail:
 * not-found; exists (key taken); range (not satisfiable); too-large, too-small, wrong-type, wrong-checksum (the object was
 * refused); denied (credentials or policy); misconfigured (no such bucket, wrong region); throttled; aborted (by the
 * caller); full (disk or quota); unavailable (cut, time-out, 5xx): the same call may succeed later.
 */
export type StorageFault =
  | 'not-found'
  | 'exists'
  | 'range'
  | 'too-large'
  | 'too-small'
  | 'wrong-type'
  | 'wrong-checksum'
  | 'denied'
  | 'misconfigured'
  | 'throttled'
  | 'aborted'
  | 'full'
  | 'unavailable';

/** What a store answered, in the words of all stores. Holds no credentials, tokens or signed URLs. */
export class StorageError extends Error {
  override readonly name = 'StorageError';

  /**
   * @param detail for operators: status, the store's own code, request id
   */
  constructor(
    readonly fault: StorageFault,
    detail: string,
    options?: ErrorOptions,
  ) {
    super(`${fault}: ${detail}`, options);
  }
}
