import { createHash, randomBytes } from 'node:crypto';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { GrowingFile } from './growing-file';

const MIB = 1024 * 1024;

describe('A growing file', () => {
  let folder: string;
  let file: GrowingFile;

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'growing-file-'));
    file = await GrowingFile.create(join(folder, 'file'));
  });
  afterEach(async () => {
    await file.remove();
    expect(existsSync(join(folder, 'file'))).toBe(false);
    rmSync(folder, { recursive: true });
  });

  const digest = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex');
  async function all(chunks: AsyncIterable<Buffer>): Promise<string> {
    const hash = createHash('sha256');
    for await (const chunk of chunks) hash.update(chunk);
    return hash.digest('hex');
  }

  it.each([1, 1_000, 300_000, 3 * MIB])(
    'is read while it is written, in pieces of %d bytes',
    async (size) => {
      const pieces = Array.from({ length: 7 }, () => randomBytes(size));
      const read = all(file.read());
      for (const piece of pieces) await file.append([piece.subarray(0, size / 3), piece.subarray(size / 3)]);
      file.end();
      expect(await read).toBe(digest(Buffer.concat(pieces)));
    },
  );

  it('is read from its beginning by whoever comes late', async () => {
    const bytes = randomBytes(5 * MIB);
    for (let at = 0; at < bytes.length; at += MIB) await file.append([bytes.subarray(at, at + MIB)]);
    const late = all(file.read());
    file.end();
    expect(await late).toBe(digest(bytes));
  });

  it('never ends well for a reader when it breaks off', async () => {
    await file.append([randomBytes(1_000)]);
    const read = all(file.read());
    file.fail(new Error('the client has gone'));
    await expect(read).rejects.toThrow('the client has gone');
    await expect(file.append([Buffer.alloc(1)])).rejects.toThrow('the client has gone');
    file.end();
    await expect(all(file.read())).rejects.toThrow('the client has gone');
  });

  it('keeps nobody waiting when it is removed', async () => {
    const read = expect(all(file.read())).rejects.toThrow('removed');
    await file.remove();
    await read;
  });
});
