import assert from 'node:assert/strict';
import { inspect } from 'node:util';
import type { ObjectStorage, ObjectStream } from '../object-storage.interface';
import type { Bench } from './bench';
import { StorageError, type StorageFault } from '../storage.error';

/** Reads a stream to its end. */
export async function bytesOf({ stream }: Pick<ObjectStream, 'stream'>): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

export async function contentOf(store: ObjectStorage, key: string): Promise<Buffer> {
  return bytesOf(await store.getStream(key));
}

/** Two buffers of megabytes are not written out where they differ. */
export function sameBytes(actual: Uint8Array, expected: Uint8Array, what = 'content'): void {
  assert.equal(actual.length, expected.length, `${what}: length`);
  assert.ok(Buffer.from(actual.buffer, actual.byteOffset, actual.length).equals(expected), `${what}: bytes`);
}

/** What a call fails with. */
export async function failureOf(call: Promise<unknown>): Promise<unknown> {
  try {
    await call;
  } catch (error) {
    return error;
  }
  return assert.fail('The call should have failed');
}

/** @returns the error, for what else is to be looked at */
export async function failsWith(
  call: Promise<unknown>,
  ...faults: readonly StorageFault[]
): Promise<StorageError> {
  const error = await failureOf(call);
  assert.ok(error instanceof StorageError, `a StorageError, and not ${String(error)}`);
  if (faults.length > 0)
    assert.ok(faults.includes(error.fault), `${error.fault} is not ${faults.join(' or ')}`);
  return error;
}

/** Everything that is printed of it, causes and members as well. */
export function holdsNone(value: unknown, secrets: readonly string[], what: string): void {
  const text = inspect(value, {
    depth: 20,
    maxStringLength: Infinity,
    maxArrayLength: Infinity,
    showHidden: true,
  });
  for (const secret of secrets) assert.ok(!text.includes(secret), `${what} holds a secret`);
}

export async function isThere(store: ObjectStorage, key: string): Promise<boolean> {
  return (await store.stat(key)) !== undefined;
}

export async function assertAbsent(store: ObjectStorage, key: string): Promise<void> {
  assert.equal(await store.stat(key), undefined, 'nothing is stored');
}

export async function nothingUnfinished({ tools }: Bench): Promise<void> {
  const left = (await tools.unfinished?.()) ?? [];
  assert.equal(left.length, 0, `unfinished: ${left.join(', ')}`);
}
