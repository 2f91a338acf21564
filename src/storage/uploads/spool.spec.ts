import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Spool } from './spool';

describe('A file that came in', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'gatecode-spool-'));
  });
  afterAll(() => rm(folder, { recursive: true }));

  async function* chunks(count: number, breaksOff = false) {
    for (let sent = 0; sent < count; sent += 1) yield await Promise.resolve(Buffer.alloc(100, sent));
    if (breaksOff) throw new Error('the client is gone');
  }
  const limits = { maxBytes: 1_000 };

  it('is in memory while it is small, and in a file afterwards, until it is removed', async () => {
    const spool = new Spool(join(folder, 'files'), 300);
    const small = await spool.take(chunks(3), limits);
    expect(small).toMatchObject({ size: 300, body: expect.any(Buffer) });
    const large = await spool.take(chunks(4), limits);
    expect(large).toMatchObject({ size: 400, body: { path: expect.any(String) } });
    expect(await readdir(spool.folder)).toHaveLength(1);
    await large.remove();
    await large.remove();
    expect(await readdir(spool.folder)).toEqual([]);
  });

  it.each([
    ['breaks off', { message: 'the client is gone' }, chunks(5, true)],
    ['is too large', { code: 'UPLOAD_TOO_LARGE' }, chunks(11)],
    ['is empty', { code: 'UPLOAD_TOO_SMALL' }, chunks(0)],
  ])('and %s leaves nothing', async (_, failure, source) => {
    const spool = new Spool(join(folder, 'others'), 300);
    const error = await spool.take(source, limits).catch((reason: unknown) => reason);
    expect(error).toMatchObject(failure);
    expect(await readdir(spool.folder).catch(() => [])).toEqual([]);
  });

  it('finds a disk that can not be written to: no fault of the client or of ours', async () => {
    const blocked = join(folder, 'blocked');
    await writeFile(blocked, '');
    const taking = new Spool(join(blocked, 'files'), 300).take(chunks(4), limits);
    await expect(taking).rejects.toMatchObject({ name: 'StorageError', fault: 'misconfigured' });
  });
});
