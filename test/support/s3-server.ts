import { randomUUID } from 'node:crypto';
import { missingPrograms, Radosgw } from './radosgw';

/** A real server that speaks S3, and a key that may make buckets there. */
export interface S3Server {
  readonly endpoint: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  stop(): Promise<void>;
}

/** Long enough for Ceph to come up on a busy machine. */
export const S3_START_MS = 120_000;

/**
 * The server that `TEST_S3_ENDPOINT`, `TEST_S3_ACCESS_KEY_ID` and `TEST_S3_SECRET_ACCESS_KEY` name, else one of its own.
 * @throws when there is none to be had: look at {@link missingS3Server} first
 */
export async function startS3Server(): Promise<S3Server> {
  const { TEST_S3_ENDPOINT, TEST_S3_ACCESS_KEY_ID = '', TEST_S3_SECRET_ACCESS_KEY = '' } = process.env;
  if (!TEST_S3_ENDPOINT) return Radosgw.start();
  return {
    endpoint: TEST_S3_ENDPOINT,
    accessKeyId: TEST_S3_ACCESS_KEY_ID,
    secretAccessKey: TEST_S3_SECRET_ACCESS_KEY,
    stop: () => Promise.resolve(),
  };
}

/** @returns why there is no server to test on; undefined when there is one */
export function missingS3Server(): string | undefined {
  const missing = process.env.TEST_S3_ENDPOINT ? [] : missingPrograms();
  if (missing.length === 0) return undefined;
  return `No S3 server: ${missing.join(', ')} not found. Debian: apt-get install --no-install-recommends radosgw ceph-mon ceph-osd`;
}

/** `describe`, left out with a message where there is no server. In CI (`CI` is set) it fails instead. */
export function describeS3(name: string, tell: () => void): void {
  const missing = missingS3Server();
  if (missing === undefined) describe(name, tell);
  else if (process.env.CI) it(name, () => Promise.reject(new Error(missing)));
  else {
    process.stderr.write(`${name}: left out. ${missing}\n`);
    describe.skip(name, tell);
  }
}

/** A name that no other run has. */
export function newBucketName(): string {
  return `test-${randomUUID()}`;
}
