import { spawnSync, execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { ObjectStorage } from '../src/storage/object-storage.interface';
import { picture } from './support/pictures';
import { qiniuDriver } from './support/qiniu-driver';
import { S3Bucket } from './support/s3-bucket';
import { describeS3, S3_START_MS } from './support/s3-server';
import { QiniuSimulator } from './support/simulators/qiniu.simulator';
import { startUploadsHost, Uploader } from './support/uploads-host';

const run = promisify(execFile);
const isThere = spawnSync('curl', ['--version']).status === 0;

/** What README shows: a program that knows nothing of stores, and a ticket. */
async function uploadsByCurl(stores?: Readonly<Record<string, ObjectStorage>>): Promise<void> {
  const host = await startUploadsHost({ stores });
  const folder = await mkdtemp(join(tmpdir(), 'gatecode-curl-'));
  try {
    const user = new Uploader(host);
    const bytes = await picture();
    await writeFile(join(folder, 'me.png'), bytes);
    const { fields, fileField, url, uploadId } = await user.ticket(bytes.length);
    const given = Object.entries(fields).flatMap(([name, value]) => ['--form-string', `${name}=${value}`]);
    const file = `${fileField}=@${join(folder, 'me.png')};type=image/png`;
    await run('curl', ['--silent', '--show-error', '--fail', ...given, '-F', file, url]);
    expect((await user.complete(uploadId).expect(200)).body.status).toBe('ready');
  } finally {
    await host.stop();
    await rm(folder, { recursive: true });
  }
}

(isThere ? describe : describe.skip)('curl -F uploads with nothing but a ticket', () => {
  it('to the local disk', () => uploadsByCurl());

  it('to Qiniu', async () => {
    const simulator = await QiniuSimulator.start();
    await uploadsByCurl({ pictures: qiniuDriver(simulator) });
    expect(simulator.complaints).toEqual([]);
    await simulator.stop();
  });

  describeS3('to S3', () => {
    it(
      'as well',
      async () => {
        const bucket = await S3Bucket.open();
        await uploadsByCurl({ pictures: bucket.driver }).finally(() => bucket.close());
      },
      S3_START_MS,
    );
  });
});
