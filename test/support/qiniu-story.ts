import { inspect } from 'node:util';

import type { QiniuDriver } from '../../src/storage/drivers/qiniu/qiniu.driver';
import type { UploadTicketRequest } from '../../src/storage/object-storage.interface';
import { StorageError, type StorageFault } from '../../src/storage/storage.error';
import { qiniuDriver } from './qiniu-driver';
import { QINIU_ACCOUNT } from './simulators/qiniu-account';
import { QiniuSimulator } from './simulators/qiniu.simulator';

export const MIB = 1024 * 1024;
export const BINARY = { contentType: 'application/octet-stream' };
export const PNG = Buffer.concat([Buffer.from('89504e470d0a1a0a', 'hex'), Buffer.alloc(500, 7)]);
export const KEY = 'avatar/1f/0190/raw.png';

/** What a ticket is asked for with: {@link PNG} is within its sizes. */
export const REQUEST: UploadTicketRequest = {
  key: KEY,
  minBytes: 100,
  maxBytes: 2_000,
  contentType: 'image/png',
  expiresIn: 600,
  uploadId: '019aa3c4-7d60-7c3e-9a55-0d6f3f1f8a1f',
  owner: 'user-7',
};

export interface QiniuStory {
  readonly simulator: QiniuSimulator;
  /** A fresh one for each test. */
  store: QiniuDriver;
  /** Of both sides; moved by tests that let time pass. */
  readonly clock: { now: () => number };
  /** What is stored under a key. */
  content(key?: string): Buffer | undefined;
}

/** A driver and its simulator, for the tests of one file. Each test has to leave nothing unfinished. */
export function qiniuStory(): QiniuStory {
  const clock = { now: () => Date.now() };
  const story = {
    clock,
    content: (key = KEY) => story.simulator.object(key)?.content,
  } as QiniuStory & { simulator: QiniuSimulator };
  beforeAll(async () => {
    story.simulator = await QiniuSimulator.start({ now: () => clock.now() });
  });
  beforeEach(() => {
    clock.now = () => Date.now();
    story.simulator.reset();
    story.store = qiniuDriver(story.simulator, {}, clock);
  });
  afterEach(async () => {
    await story.store.close();
    expect(story.simulator.complaints).toEqual([]);
    expect(story.simulator.parts.open).toEqual([]);
  });
  afterAll(() => story.simulator.stop());
  return story;
}

/** What a call fails with: the words of all stores, and no secret among them. */
export async function fault(call: Promise<unknown>): Promise<StorageFault> {
  const error = await call.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(StorageError);
  const text = inspect(error, { depth: 20, showHidden: true });
  expect(text).not.toContain(QINIU_ACCOUNT.secretKey);
  // Neither tokens nor signed URLs.
  expect(text).not.toMatch(/UpToken|token=|eyJ/);
  return (error as StorageError).fault;
}
