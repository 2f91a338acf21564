/** An embedded store can't be used here. The message says why and what to do instead. */
export class EmbeddedStoreError extends Error {
  override readonly name = 'EmbeddedStoreError';
}
