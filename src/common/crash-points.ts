/**
 * Where a test build can be killed, to prove what a crash leaves behind. In the order of a message's life.
 * Armed by `CRASH_AT` outside production; otherwise a comparison with undefined.
 */
export type CrashPoint =
  | 'admitted' // counted in Redis, not yet in the outbox
  | 'inserted' // committed to the outbox, nobody answered
  | 'claimed' // `calling` is committed, no gateway was called
  | 'called' // the gateway answered, nothing is recorded
  | 'recorded' // the outcome is committed, quota not yet given back
  | 'consumed' // a right code is spent in Redis, what it buys is not yet written
  | 'receipted'; // a receipt is committed, nobody acknowledged it

/** The same in the order of an upload's life. */
export type UploadCrashPoint =
  | 'upload-claimed' // the lease of an upload is committed, no store was asked
  | 'upload-seen' // what was uploaded is noted, and not judged yet
  | 'upload-stored' // all variants are in the store, the upload is not ready yet
  | 'upload-ready' // it is, and the raw object is still there
  | 'upload-rejected'; // its content is refused, and the raw object is still there

let armed: { point: string; countdown: number } | undefined;

/** @param spec name of a point, with `:n` for the n-th time it is passed: `claimed:3` */
export function armCrashPoint(spec: string | undefined): void {
  const [point, count = '1'] = spec?.split(':') ?? [];
  armed = point ? { point, countdown: Number(count) } : undefined;
}

/** Dies here, at once and without any clean-up, when armed. */
export function crashPoint(point: CrashPoint | UploadCrashPoint): void {
  if (armed?.point !== point) return;
  armed.countdown -= 1;
  if (armed.countdown <= 0) process.kill(process.pid, 'SIGKILL');
}
