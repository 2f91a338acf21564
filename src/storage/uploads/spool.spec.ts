import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { Spool } from './spool';

describe('A file that came in', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'gatecode-spool-'));
  });
  afterAll(() => rm(folder, { recursive: true }));

  const chunk = (number: number) => Buffer.alloc(100, number);
  const chunks = (count: number) => Array.from({ length: count }, (_, index) => chunk(index));
  const source = (count: number, breaksOff = false) =>
    Readable.from(
      (async function* () {
        for (const each of chunks(count)) yield await Promise.resolve(each);
        if (breaksOff) throw new Error('the client is gone');
      })(),
    );
  const intake = () => ({ begin: () => Promise.resolve(1_000), onBytes: jest.fn(), onEnd: jest.fn() });
  async function whole(body: Buffer | Readable): Promise<Buffer> {
    return Buffer.isBuffer(body) ? body : Buffer.concat(await body.toArray());
  }

  it('is handed on whole while it is small, and as a stream through a file that goes afterwards', async () => {
    const spool = new Spool(join(folder, 'files'), 300);
    const kept: { isStream: boolean; files: number; bytes: Buffer }[] = [];
    for (const count of [3, 4, 10])
      await spool.pass(source(count), intake(), async (body) => {
        const files = (await readdir(spool.folder).catch(() => [])).length;
        kept.push({ isStream: !Buffer.isBuffer(body), files, bytes: await whole(body) });
      });
    expect(kept).toEqual([
      { isStream: false, files: 0, bytes: Buffer.concat(chunks(3)) },
      { isStream: true, files: 1, bytes: Buffer.concat(chunks(4)) },
      { isStream: true, files: 1, bytes: Buffer.concat(chunks(10)) },
    ]);
    expect(await readdir(spool.folder)).toEqual([]);
  });

  it('is told of by its first bytes, by how many came, and by its end', async () => {
    const { begin, ...told } = intake();
    const heads: Buffer[] = [];
    const tell = (head: Buffer) => {
      heads.push(Buffer.from(head));
      return begin();
    };
    const spool = new Spool(join(folder, 'told'), 300);
    await spool.pass(source(2), { ...told, begin: tell }, () => Promise.resolve());
    await spool.pass(Readable.from([Buffer.from('tiny')]), { ...told, begin: tell }, () => Promise.resolve());
    expect(heads).toEqual([Buffer.alloc(16, 0), Buffer.from('tiny')]);
    expect(told.onBytes.mock.calls).toEqual([[100], [200]]);
    expect(told.onEnd).toHaveBeenCalledTimes(2);
  });

  it.each([
    ['breaks off', { message: 'the client is gone' }, 5, true],
    ['breaks off early', { message: 'the client is gone' }, 0, true],
    ['is too large', { code: 'UPLOAD_TOO_LARGE' }, 11, false],
    ['is empty', { code: 'UPLOAD_TOO_SMALL' }, 0, false],
  ])('and %s leaves nothing, and is nowhere taken for whole', async (_, failure, count, breaksOff) => {
    const spool = new Spool(join(folder, 'others'), 300);
    const ends: string[] = [];
    const keep = (body: Buffer | Readable) =>
      whole(body).then(
        () => void ends.push('whole'),
        () => void ends.push('in part'),
      );
    const error: unknown = await spool
      .pass(source(count, breaksOff), intake(), keep)
      .catch((reason: unknown) => reason);
    expect(error).toMatchObject(failure);
    expect(ends).toEqual(count > 3 ? ['in part'] : []);
    expect(await readdir(spool.folder).catch(() => [])).toEqual([]);
  });

  it.each([1, 8])('that nobody takes is not waited for: %d chunks', async (count) => {
    const spool = new Spool(join(folder, 'untaken'), 300);
    const endless = Readable.from(
      (async function* () {
        yield* chunks(count);
        if (count > 3) await new Promise(() => undefined);
      })(),
    );
    const passing = spool.pass(endless, intake(), () => Promise.reject(new Error('the store is gone')));
    await expect(passing).rejects.toThrow('the store is gone');
    expect(await readdir(spool.folder).catch(() => [])).toEqual([]);
  });

  it('goes through a folder of its own for each user of the machine', async () => {
    const user = process.getuid!();
    const spool = new Spool(undefined, 300);
    await spool.pass(source(4), intake(), async (body) => void (await whole(body)));
    expect(spool.folder).toBe(join(tmpdir(), `gatecode-uploads-${user}`));
    const getuid = jest.spyOn(process, 'getuid').mockReturnValue(user + 1);
    expect(new Spool(undefined, 300).folder).toBe(join(tmpdir(), `gatecode-uploads-${user + 1}`));
    getuid.mockRestore();
  });

  it('finds a disk that can not be written to: no fault of the client or of ours', async () => {
    const blocked = join(folder, 'blocked');
    await writeFile(blocked, '');
    const passing = new Spool(join(blocked, 'files'), 300).pass(source(4), intake(), () => Promise.resolve());
    await expect(passing).rejects.toMatchObject({ name: 'StorageError', fault: 'misconfigured' });
  });
});
