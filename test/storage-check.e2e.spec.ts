import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { checkObjectStore } from '../src/doctor/check-object-store';
import type { Finding } from '../src/doctor/finding';
import { runStorageCheck } from '../src/doctor/run-storage-check';
import { validateEnv } from '../src/validate-env';
import { S3Bucket } from './support/s3-bucket';
import { describeS3, S3_START_MS } from './support/s3-server';
import { newSecretKey } from './support/service-process';
import { QINIU_ACCOUNT } from './support/simulators/qiniu-account';
import { QiniuSimulator } from './support/simulators/qiniu.simulator';
import { startApp, WIDE } from './support/start-app';

const STEPS = ['put', 'stat', 'get', 'ticket', 'limits', 'delete'];

const folder = mkdtempSync(join(tmpdir(), 'gatecode-check-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function check(variables: Record<string, string>, ...args: string[]) {
  let text = '';
  let complaint = '';
  const exitCode = await runStorageCheck(
    ['--json', ...args],
    { NODE_ENV: 'test', DATA_DIR: folder, SECRET_KEY: newSecretKey(), ...variables },
    {
      out: { write: (written: string) => (text += written) },
      err: { write: (written: string) => (complaint += written) },
    },
  );
  const findings = (text.startsWith('[') ? JSON.parse(text) : []) as Finding[];
  const subjects = (verdict: string) =>
    findings
      .filter((finding) => finding.verdict === verdict)
      .map(({ subject }) => subject.replace(/^\w+ /, ''));
  const remedies = findings.map(({ remedy }) => remedy ?? '').join('\n');
  return { exitCode, text, complaint, subjects, remedies };
}

describe('npm run storage:check of a bucket at Qiniu', () => {
  let qiniu: QiniuSimulator;
  let variables: Record<string, string>;

  beforeAll(async () => {
    qiniu = await QiniuSimulator.start();
    variables = {
      STORAGE_PROVIDER: 'qiniu',
      QINIU_ACCESS_KEY: QINIU_ACCOUNT.accessKey,
      QINIU_SECRET_KEY: QINIU_ACCOUNT.secretKey,
      QINIU_BUCKET: 'avatars',
      QINIU_REGION: 'z0',
      QINIU_UPLOAD_URL: qiniu.url,
      QINIU_RS_URL: qiniu.url,
      QINIU_RSF_URL: qiniu.url,
      QINIU_DOMAIN: qiniu.domain('avatars'),
      QINIU_PRIVATE: 'true',
    };
  });
  afterAll(() => qiniu.stop());

  it('finds each step good, and leaves nothing', async () => {
    const { exitCode, subjects } = await check(variables);
    expect(subjects('ok')).toEqual(expect.arrayContaining([...STEPS, 'sign', 'bucket']));
    expect(subjects('fail')).toEqual([]);
    expect(exitCode).toBe(0);
    expect(qiniu.keys('avatars')).toEqual([]);
  });

  it('says so when the secret is another, without telling it', async () => {
    const secret = 'sk-sample-another-000000000000000000002';
    const { exitCode, text, subjects, remedies } = await check({ ...variables, QINIU_SECRET_KEY: secret });
    expect(exitCode).toBe(1);
    expect(subjects('fail')).toContain('put');
    expect(remedies).toContain('QINIU_SECRET_KEY');
    expect(text).not.toContain(secret);
  });
});

describeS3('npm run storage:check of a bucket of S3', () => {
  let bucket: S3Bucket;
  let variables: Record<string, string>;

  beforeAll(async () => {
    bucket = await S3Bucket.open();
    variables = {
      STORAGE_PROVIDER: 's3',
      S3_ENDPOINT: bucket.server.endpoint,
      S3_REGION: 'us-east-1',
      S3_BUCKET: bucket.name,
      S3_ACCESS_KEY_ID: bucket.server.accessKeyId,
      S3_SECRET_ACCESS_KEY: bucket.server.secretAccessKey,
      S3_FORCE_PATH_STYLE: 'true',
    };
  }, S3_START_MS);
  afterAll(() => bucket?.close());

  it('finds each step good, and leaves nothing', async () => {
    const { exitCode, subjects } = await check(variables);
    expect(subjects('ok')).toEqual(expect.arrayContaining([...STEPS, 'sign', 'bucket', 'clock']));
    expect(subjects('fail')).toEqual([]);
    expect(exitCode).toBe(0);
    expect(await bucket.keys()).toEqual([]);
  });

  it('is what npm run doctor points to, which asks for the bucket only', async () => {
    const look = async (live: boolean, changes: Record<string, string> = {}) =>
      (await checkObjectStore(validateEnv({ ...variables, ...changes }), live)).map(
        ({ verdict, subject, remedy = '' }) => `${verdict} ${subject} ${remedy}`,
      );
    const outside = ['reachability', 'clock', 'credentials'].map((it) => `ok s3 ${it} `);
    expect(await look(false, { S3_SECRET_ACCESS_KEY: 'another' })).toEqual([...outside, 'ok storage ']);
    expect(await look(true)).toEqual([
      ...['reachability', 'bucket', 'clock'].map((it) => `ok s3 ${it} `),
      expect.stringMatching(/^warn s3 cors Set CORS rules/),
      'ok storage ',
    ]);
    expect(await look(true, { S3_SECRET_ACCESS_KEY: 'another' })).toEqual(
      expect.arrayContaining([expect.stringMatching(/^fail s3 bucket .*S3_SECRET_ACCESS_KEY/)]),
    );
    expect(await look(true, { S3_ENDPOINT: 'http://127.0.0.1:1' })).toEqual([
      expect.stringMatching(/^fail s3 reachability .*S3_ENDPOINT/),
      'ok storage ',
    ]);
    expect(await bucket.keys()).toEqual([]);
  });

  it.each([
    ['S3_BUCKET', 'no-such-bucket'],
    ['S3_ACCESS_KEY_ID', 'AKIANOBODY'],
    ['S3_SECRET_ACCESS_KEY', 'another/secret+0000000000000000000000'],
  ])('names %s when that is wrong', async (name, value) => {
    const { exitCode, subjects, remedies } = await check({ ...variables, [name]: value });
    expect(exitCode).toBe(1);
    expect(subjects('fail')).toContain('put');
    expect(remedies).toContain(name);
  });
});

describe('npm run storage:check of the local disk', () => {
  it('uploads and reads through the service', async () => {
    const app = await startApp({ ...WIDE });
    const { exitCode, subjects } = await check({
      STORAGE_PROVIDER: 'local',
      DATA_DIR: app.cluster.dataDir!,
      SECRET_KEY: app.cluster.secretKey.toString('base64'),
      PUBLIC_URL: app.url,
    });
    await app.stop();
    expect(subjects('ok')).toEqual(expect.arrayContaining([...STEPS, 'sign', 'space']));
    expect(exitCode).toBe(0);
  });

  it('says that the service has to run for it', async () => {
    const { exitCode, subjects, remedies } = await check({
      STORAGE_PROVIDER: 'local',
      PUBLIC_URL: 'http://127.0.0.1:3',
    });
    expect(subjects('ok')).toEqual(expect.arrayContaining(['put', 'stat', 'get', 'delete']));
    expect(subjects('warn')).toEqual(['sign', 'ticket', 'limits']);
    expect(remedies).toMatch(/start it/);
    expect(exitCode).toBe(0);
  });
});

describe('npm run storage:check', () => {
  it('names all faults of the configuration instead, when there are any', async () => {
    const { exitCode, text } = await check({ STORAGE_PROVIDER: 's3' });
    expect(exitCode).toBe(1);
    expect(text).toContain('S3_BUCKET');
  });

  it('has a help, and refuses what it does not know', async () => {
    expect((await check({}, '--help')).text).toMatch(/npm run storage:check/);
    const wrong = await check({}, '--fast');
    expect(wrong.exitCode).toBe(2);
    expect(wrong.complaint).toMatch(/--fast/);
  });
});
