import { execFile, spawnSync } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { submitForm } from './support/browser-form';
import { picture } from './support/pictures';
import { qiniuDriver } from './support/qiniu-driver';
import { fencedBlock, tableRow } from './support/readme';
import { S3Bucket } from './support/s3-bucket';
import { describeS3, S3_START_MS } from './support/s3-server';
import { QiniuSimulator } from './support/simulators/qiniu.simulator';
import { type HostWishes, startUploadsHost, Uploader, type UploadsHost } from './support/uploads-host';

const run = promisify(execFile);
const PROGRAMS = ['bash', 'curl', 'jq'];
const missing = PROGRAMS.filter((program) => spawnSync(program, ['--version']).status !== 0);

// The very lines of README, by what each block is for.
const ASK = fencedBlock('sh', 'ticket=$(curl');
const SEND = fencedBlock('sh', '--form-string');
const WRITE_FORM = fencedBlock('sh', '> upload.html');
const COMPLETE = fencedBlock('sh', '/complete"');

interface Surroundings {
  readonly stores?: HostWishes['stores'];
  stop(): Promise<unknown>;
}

const STORES: Readonly<Record<string, () => Promise<Surroundings>>> = {
  'the local disk': () => Promise.resolve({ stop: () => Promise.resolve() }),
  S3: async () => {
    const bucket = await S3Bucket.open();
    return { stores: { pictures: bucket.driver }, stop: () => bucket.close() };
  },
  Qiniu: async () => {
    const simulator = await QiniuSimulator.start();
    const stop = () => {
      expect(simulator.complaints).toEqual([]);
      return simulator.stop();
    };
    return { stores: { pictures: qiniuDriver(simulator) }, stop };
  },
};

describe('The programs that README uses', () => {
  it('are there, in CI at least', () => {
    if (process.env.CI) expect(missing).toEqual([]);
  });
});

function tellOf(name: keyof typeof STORES): void {
  (missing.length > 0 ? describe.skip : describe)(`An upload to ${name}`, () => {
    let surroundings: Surroundings;
    let host: UploadsHost;
    let folder: string;
    let user: Uploader;
    let bytes: Buffer;

    beforeAll(async () => {
      surroundings = await STORES[name]();
      host = await startUploadsHost({ stores: surroundings.stores });
      folder = await mkdtemp(join(tmpdir(), 'gatecode-readme-'));
      bytes = await picture();
      await writeFile(join(folder, 'me.png'), bytes);
    }, S3_START_MS);
    beforeEach(() => {
      user = new Uploader(host);
    });
    afterAll(async () => {
      await host?.stop();
      await surroundings?.stop();
      await rm(folder, { recursive: true });
    });

    /** Somebody pastes these lines, one block after the other, into one shell. */
    const paste = async (...blocks: string[]): Promise<string> => {
      const env = {
        PATH: process.env.PATH,
        API: host.url,
        TOKEN: user.authorization.slice('Bearer '.length),
      };
      return (await run('bash', ['-e', '-c', blocks.join('\n')], { cwd: folder, env })).stdout;
    };

    it('is one curl, as README has it, with nothing but the ticket', async () => {
      const said = await paste(ASK, SEND, COMPLETE);
      const upload = JSON.parse(said.slice(said.lastIndexOf('{"uploadId"'))) as Record<string, unknown>;
      expect(upload).toMatchObject({ status: 'ready', contentType: 'image/png', size: bytes.length });
    });

    it('has the fields that README names', async () => {
      const { fields, fileField } = await user.ticket();
      const row = tableRow(name.replace('the ', ''), 'curl -F');
      const named = [...row.matchAll(/-F '?([\w-]+)=/g)].map(([, field]) => field);
      expect([...Object.keys(fields), fileField]).toEqual(expect.arrayContaining(named));
      // The signature of S3 has some more.
      if (!row.includes('… … ')) expect(named).toHaveLength(Object.keys(fields).length + 1);
    });

    it('is the plain form that README writes, with nothing but the ticket', async () => {
      const uploadId = (await paste(ASK, WRITE_FORM, 'jq -r .uploadId <<< "$ticket"')).trim();
      const html = await readFile(join(folder, 'upload.html'), 'utf8');
      expect(html).not.toContain('<script');
      const answer = await submitForm(html, { name: '我 "me".png', type: 'image/png', bytes });
      expect(answer.ok).toBe(true);
      expect((await user.complete(uploadId).expect(200)).body.status).toBe('ready');
    });
  });
}

tellOf('the local disk');
tellOf('Qiniu');
describeS3('With a server that speaks S3:', () => tellOf('S3'));
