import { once } from 'node:events';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LocalDriver, Secrets } from '../src';
import { eventually } from './support/eventually';
import { carryLargeObject, startLargeObject } from './support/large-object';

describe('a process that writes to a folder', () => {
  let folder: string;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'gatecode-store-'));
  });
  afterEach(() => rm(folder, { recursive: true }));

  const options = () => ({ folder, baseUrl: 'http://127.0.0.1/v1/storage/local' });
  const open = () => LocalDriver.open({ ...options(), secrets: new Secrets(Buffer.alloc(32)) });
  const incoming = () => readdir(join(folder, 'incoming'));

  it(
    'stores 200 MiB and reads them back byte for byte, and never takes 100 MiB of memory',
    () => carryLargeObject({ driver: 'local', options: options() }),
    120_000,
  );

  it('leaves nothing but a temporary file when it is killed, which the next one sweeps away', async () => {
    const child = startLargeObject({ driver: 'local', options: options() });
    await once(child, 'message');
    expect(await incoming()).toHaveLength(1);

    // Another one that starts meanwhile leaves it alone.
    await open();
    expect(await incoming()).toHaveLength(1);

    const ended = once(child, 'exit');
    child.kill('SIGKILL');
    await ended;
    expect(await incoming()).toHaveLength(1);

    const store = await open();
    await eventually('swept', async () => (await incoming()).length === 0);
    expect(await store.stat('large/object')).toBeUndefined();
    expect(await store.stat('warm/up')).toMatchObject({ size: 1_000 });
  }, 60_000);
});
