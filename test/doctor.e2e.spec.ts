import { spawnSync } from 'node:child_process';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import type { Finding } from '../src/doctor/finding';
import { runDoctor } from '../src/doctor/run-doctor';
import { Gateways } from './support/gateways';
import { createScratchDatabase, type ScratchDatabase } from './support/scratch-database';
import { buildIfNeeded, newSecretKey } from './support/service-process';
import { QINIU_ACCOUNT } from './support/simulators/qiniu-account';
import { QiniuSimulator } from './support/simulators/qiniu.simulator';
import { startApp } from './support/start-app';

const ROOT = join(__dirname, '..');
const MINUTE = 60_000;

let database: ScratchDatabase;
let gateways: Gateways;
let healthy: Record<string, string>;

beforeAll(async () => {
  database = await createScratchDatabase();
  gateways = await Gateways.start();
  healthy = {
    ...gateways.variables(),
    NODE_ENV: 'test',
    DATABASE_URL: database.url,
    REDIS_URL: process.env.REDIS_URL!,
    SECRET_KEY: newSecretKey(),
    SMS_DAILY_BUDGET: '1000',
  };
});
afterEach(() => gateways.reset());
afterAll(async () => {
  await database.drop();
  await gateways.stop();
});

interface Visit {
  readonly exitCode: number;
  readonly text: string;
  readonly findings: Finding[];
}

async function visit(changes: Record<string, string> = {}, args = ['--live']): Promise<Visit> {
  let text = '';
  const out = { write: (chunk: string) => (text += chunk) };
  const exitCode = await runDoctor([...args, '--json'], { ...healthy, ...changes }, { out, err: out });
  return { exitCode, text, findings: JSON.parse(text) as Finding[] };
}
const of = ({ findings }: Visit, subject: string) => findings.find((finding) => finding.subject === subject);
/** The lines that are not well, in short. */
const illness = ({ findings }: Visit) =>
  findings.filter(({ verdict }) => verdict === 'fail').map(({ subject }) => subject);

const SUBJECTS_OF_STORES = ['postgres', 'migrations', 'clock', 'redis', 'redis eviction', 'redis latency'];

describe('the doctor', () => {
  it('finds healthy stores and accounts well, in the same order every time', async () => {
    const first = await visit();
    expect(illness(first)).toEqual([]);
    expect(first.exitCode).toBe(0);
    const subjects = first.findings.map(({ subject }) => subject);
    expect(subjects.filter((subject) => subject !== 'configuration')).toEqual([
      'secret key',
      ...SUBJECTS_OF_STORES.slice(0, 3),
      'signing keys',
      ...SUBJECTS_OF_STORES.slice(3),
      ...['reachability', 'clock', 'credentials', 'balance', 'signature', 'template'].map(
        (it) => `tencent ${it}`,
      ),
      ...['reachability', 'clock', 'credentials', 'balance', 'template'].map((it) => `ronglian ${it}`),
      ...['reachability', 'credentials', 'balance'].map((it) => `luosimao ${it}`),
      ...['reachability', 'credentials', 'balance'].map((it) => `luosimao voice ${it}`),
      ...['local folder', 'local space', 'storage'],
      'receipts',
      'budget',
      'test numbers',
    ]);
    expect((await visit()).findings.map(({ subject }) => subject)).toEqual(subjects);
  });

  it('never sends a message', async () => {
    await visit();
    expect(gateways.calls('tencent')).toBe(3);
    for (const vendor of ['tencent', 'ronglian', 'luosimao'] as const) {
      expect(gateways.of(vendor).ledger).toEqual([]);
    }
  });

  it('asks the gateways nothing unless it is told to', async () => {
    const found = await visit({}, []);
    expect(found.exitCode).toBe(0);
    expect(of(found, 'tencent reachability')).toMatchObject({ verdict: 'ok' });
    expect(of(found, 'luosimao voice reachability')).toMatchObject({ verdict: 'ok' });
    expect(of(found, 'tencent balance')).toBeUndefined();
    for (const vendor of ['tencent', 'ronglian', 'luosimao'] as const) expect(gateways.calls(vendor)).toBe(0);
  });

  it('knows what the inbox does not need', async () => {
    const { DATABASE_URL, REDIS_URL, SECRET_KEY } = healthy;
    let text = '';
    const out = { write: (chunk: string) => (text += chunk) };
    expect(await runDoctor([], { DATABASE_URL, REDIS_URL, SECRET_KEY }, { out, err: out })).toBe(0);
    expect(text).toMatch(/^ok {4}inbox {2,}keeps every message and sends none$/m);
    expect(text).not.toContain('\u001b');
  });

  it('starts no store of its own', async () => {
    let text = '';
    const out = { write: (chunk: string) => (text += chunk) };
    expect(await runDoctor([], {}, { out, err: out })).toBe(0);
    expect(text).toMatch(/^ok {4}postgres {2,}embedded: starts with the service/m);
    expect(text).toMatch(/^ok {4}redis {2,}embedded: starts with the service/m);
  });
});

describe('the doctor finds in an account', () => {
  it.each<[string, Record<string, string>, string, RegExp]>([
    ['a wrong key', { LUOSIMAO_API_KEY: 'wrong' }, 'luosimao credentials', /console/],
    ['a wrong voice key', { LUOSIMAO_VOICE_API_KEY: 'wrong' }, 'luosimao voice credentials', /console/],
    ['a wrong token', { RONGLIAN_AUTH_TOKEN: 'wrong' }, 'ronglian credentials', /AUTH TOKEN/],
    ['a wrong secret', { TENCENT_SECRET_KEY: 'wrong' }, 'tencent credentials', /console/],
    ['a wrong application', { RONGLIAN_APP_ID: 'wrong' }, 'ronglian application', /application id/],
    ['a wrong template', { RONGLIAN_TEMPLATE_ID: '7' }, 'ronglian template', /template id/],
    ['another wrong template', { TENCENT_TEMPLATE_ID: '7' }, 'tencent template', /template id/],
    ['a wrong signature', { TENCENT_SIGN_NAME: '没有' }, 'tencent signature', /without brackets/],
    ['too few parameters', { TENCENT_TEMPLATE_PARAMS: 'code' }, 'tencent template', /one value for each/],
  ])('%s', async (_, changes, subject, remedy) => {
    const found = await visit(changes);
    expect(illness(found)).toEqual([subject]);
    expect(of(found, subject)?.remedy).toMatch(remedy);
    expect(found.exitCode).toBe(1);
  });

  it.each(['tencent', 'ronglian', 'luosimao'] as const)('no money left: %s', async (vendor) => {
    gateways.of(vendor).account.set({ deposit: 0 });
    const found = await visit();
    expect(illness(found)).toEqual([`${vendor} balance`]);
    expect(of(found, `${vendor} balance`)?.remedy).toMatch(/Buy/);
    expect(found.exitCode).toBe(1);
  });

  it('a clock that is off, and by how much', async () => {
    gateways.of('tencent').account.set({ clockSkewMs: 6 * MINUTE });
    gateways.of('ronglian').account.set({ clockSkewMs: -90 * MINUTE });
    const found = await visit();
    expect(illness(found)).toEqual(['tencent clock']);
    expect(of(found, 'tencent clock')).toMatchObject({
      detail: 'this machine is 6 min behind the gateway',
      remedy: expect.stringContaining('NTP'),
    });
    expect(of(found, 'ronglian clock')).toMatchObject({
      verdict: 'warn',
      detail: 'this machine is 90 min ahead of the gateway',
    });
  });

  it('that this machine is not on its list', async () => {
    gateways.of('luosimao').account.set({ addressAllowed: false });
    expect(illness(await visit())).toEqual(['luosimao addresses', 'luosimao voice addresses']);
  });

  it('what it cannot ask, without calling it a fault', async () => {
    gateways.of('tencent').account.set({ individual: true });
    const found = await visit();
    expect(found.exitCode).toBe(0);
    expect(of(found, 'tencent signature')).toMatchObject({ verdict: 'warn' });
  });
});

describe('the doctor looks at a bucket', () => {
  let qiniu: QiniuSimulator;
  let bucket: Record<string, string>;

  beforeAll(async () => {
    qiniu = await QiniuSimulator.start();
    bucket = {
      STORAGE_PROVIDER: 'qiniu',
      QINIU_ACCESS_KEY: QINIU_ACCOUNT.accessKey,
      QINIU_SECRET_KEY: QINIU_ACCOUNT.secretKey,
      QINIU_BUCKET: 'avatars',
      QINIU_REGION: 'z0',
      QINIU_UPLOAD_URL: qiniu.url,
      QINIU_RS_URL: qiniu.url,
      QINIU_DOMAIN: qiniu.domain('avatars'),
    };
  });
  afterAll(() => qiniu.stop());
  const about = ({ findings }: Visit) => findings.filter(({ subject }) => /^(qiniu|storage)/.test(subject));

  it('from outside, without its credentials', async () => {
    const found = about(await visit({ ...bucket, QINIU_SECRET_KEY: 'sk-sample-of-somebody-else' }, []));
    expect(found.map(({ verdict, subject }) => `${verdict} ${subject}`)).toEqual([
      ...['objects', 'uploads', 'reading', 'clock', 'credentials'].map((it) => `ok qiniu ${it}`),
      'ok storage',
    ]);
    expect(found.at(-1)?.detail).toContain('npm run storage:check');
  });

  it('with them when it is told to, and stores nothing', async () => {
    const found = await visit(bucket);
    expect(of(found, 'qiniu bucket')).toMatchObject({ verdict: 'ok', detail: 'avatars' });
    expect(of(found, 'qiniu clock')).toMatchObject({ verdict: 'ok' });
    expect(illness(found)).toEqual([]);
    expect(qiniu.keys('avatars')).toEqual([]);
  });

  it.each([
    ['QINIU_SECRET_KEY', 'sk-sample-of-somebody-else', 'qiniu bucket'],
    ['QINIU_ACCESS_KEY', 'ak-sample-of-somebody-else', 'qiniu bucket'],
    ['QINIU_BUCKET', 'no-such-bucket', 'qiniu bucket'],
    ['QINIU_RS_URL', 'http://127.0.0.1:1', 'qiniu objects'],
    ['QINIU_DOMAIN', 'http://127.0.0.1:1', 'qiniu reading'],
  ])('and names %s when that is wrong', async (name, value, subject) => {
    const found = await visit({ ...bucket, [name]: value });
    expect(illness(found)).toEqual([subject]);
    expect(of(found, subject)?.remedy).toContain(name);
    expect(found.text).not.toContain('sk-sample');
  });

  it('but not before the service could start with it', async () => {
    const found = await visit({ ...bucket, QINIU_BUCKET: '' });
    expect(about(found)).toEqual([]);
    expect(illness(found)).toEqual(['configuration']);
  });
});

describe('the doctor finds on the way', () => {
  const closedPort = async () => {
    const server = createServer();
    await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
    const { port } = server.address() as AddressInfo;
    await new Promise((closed) => server.close(closed));
    return port;
  };

  it.each([
    ['when it asks the gateways', ['--live']],
    ['when it only reaches for them', []],
  ])('a gateway that is not there, %s', async (_, args) => {
    const found = await visit({ TENCENT_BASE_URL: `http://127.0.0.1:${await closedPort()}` }, args);
    expect(illness(found)).toEqual(['tencent reachability']);
    expect(of(found, 'tencent reachability')?.detail).toContain('ECONNREFUSED');
    expect(found.exitCode).toBe(1);
  });

  it('stores that are not there', async () => {
    const port = await closedPort();
    const found = await visit({
      DATABASE_URL: `postgres://gatecode:sesame-sesame@127.0.0.1:${port}/gatecode`,
      REDIS_URL: `redis://:sesame-sesame@127.0.0.1:${port}`,
    });
    expect(illness(found)).toEqual(['postgres', 'redis']);
    expect(found.text).not.toContain('sesame');
  });

  it('stores that never answer, and waits five seconds for all of them', async () => {
    const silent = createServer((socket) => void socket.on('error', () => undefined).resume());
    await new Promise<void>((listening) => silent.listen(0, '127.0.0.1', listening));
    const { port } = silent.address() as AddressInfo;
    const address = `127.0.0.1:${port}`;
    const startedAt = performance.now();
    const found = await visit({
      DATABASE_URL: `postgres://gatecode@${address}/gatecode`,
      REDIS_URL: `redis://${address}`,
      TENCENT_BASE_URL: `http://${address}`,
      RONGLIAN_BASE_URL: `http://${address}`,
      SMS_TIMEOUT_MS: '30000',
    });
    expect(performance.now() - startedAt).toBeLessThan(7_000);
    expect(illness(found)).toEqual(['postgres', 'redis', 'tencent reachability', 'ronglian reachability']);
    silent.close();
  });

  it('a database that was never migrated', async () => {
    const empty = await createScratchDatabase({ empty: true });
    const detail = expect.stringMatching(/^(\d+) of \1 are pending$/);
    const found = await visit({ DATABASE_URL: empty.url }, []);
    expect(of(found, 'migrations')).toMatchObject({ verdict: 'warn', detail });
    await empty.drop();
  });

  it('a database that was sealed with another key', async () => {
    const app = await startApp();
    const { database: sealed, secretKey } = app.cluster;
    const visitWith = (key: string) => visit({ DATABASE_URL: sealed.url, SECRET_KEY: key }, []);
    expect(of(await visit({}, []), 'signing keys')).toMatchObject({ verdict: 'ok' });
    expect(of(await visitWith(secretKey.toString('base64')), 'signing keys')).toMatchObject({
      verdict: 'ok',
      detail: 'SECRET_KEY opens them',
    });
    expect(illness(await visitWith(newSecretKey()))).toEqual(['signing keys']);
    await app.stop();
  });

  it('a configuration that the service would refuse, fault by fault, and looks at the stores all the same', async () => {
    const found = await visit({ PORT: 'x', LUOSIMAO_API_KEY: '', CODE_LENGTH: '3' });
    const faults = found.findings.filter(({ subject }) => subject === 'configuration');
    expect(faults.map(({ detail }) => detail).sort()).toEqual(['CODE_LENGTH', 'LUOSIMAO_API_KEY', 'PORT']);
    expect(faults.every(({ verdict, remedy }) => verdict === 'fail' && remedy)).toBe(true);
    expect(found.findings.map(({ subject }) => subject)).toEqual(expect.arrayContaining(SUBJECTS_OF_STORES));
    expect(found.exitCode).toBe(1);
  });
});

describe('what the doctor writes', () => {
  it('holds no secret, well or ill', async () => {
    await gateways.of('ronglian').fault({
      kind: 'refuse',
      code: '111109',
      text: `token ${healthy.RONGLIAN_AUTH_TOKEN} of ${healthy.RONGLIAN_ACCOUNT_SID}, 13800138000`,
    });
    const { text } = await visit({ SMS_TEST_NUMBERS: '+8613800000000=246810@2026-01-01' });
    const secrets = Object.entries(healthy)
      .filter(([name]) => /SECRET|_KEY|TOKEN|_SID|APP_ID/.test(name))
      .map(([, value]) => value);
    expect(secrets.length).toBeGreaterThanOrEqual(8);
    for (const secret of [...secrets, '13800138000', '13800000000', '246810'])
      expect(text).not.toContain(secret);
  });

  it('is help, and exit code 0', async () => {
    let text = '';
    const out = { write: (chunk: string) => (text += chunk) };
    expect(await runDoctor(['--help'], {}, { out, err: out })).toBe(0);
    expect(text).toContain('--live');
  });

  it('has colours on a terminal, unless NO_COLOR is set', async () => {
    let text = '';
    const out = { write: (chunk: string) => (text += chunk), isTTY: true };
    await runDoctor([], {}, { out, err: out });
    expect(text).toContain('\u001b[32mok  \u001b[0m');
    text = '';
    await runDoctor([], { NO_COLOR: '1' }, { out, err: out });
    expect(text).not.toContain('\u001b');
  });
});

describe('the built doctor', () => {
  beforeAll(buildIfNeeded, 120_000);
  const run = (args: string[], variables: Record<string, string> = {}) =>
    spawnSync(process.execPath, [join(ROOT, 'dist', 'src', 'doctor', 'main.js'), ...args], {
      encoding: 'utf8',
      env: { PATH: process.env.PATH, ...variables },
      timeout: 15_000,
    });

  it('ends by itself with 0, 1 or 2', () => {
    const well = run(['--json'], healthy);
    expect({ status: well.status, stderr: well.stderr }).toEqual({ status: 0, stderr: '' });
    expect(JSON.parse(well.stdout)).toContainEqual(
      expect.objectContaining({ subject: 'postgres', verdict: 'ok' }),
    );
    expect(run([], { PORT: 'x' }).status).toBe(1);
    const wrong = run(['--alive']);
    expect({ status: wrong.status, stdout: wrong.stdout }).toEqual({ status: 2, stdout: '' });
    expect(wrong.stderr).toContain('--live');
  });
});
