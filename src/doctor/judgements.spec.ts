import { checkConfiguration } from './check-configuration';
import { judgeClock } from './check-postgres';
import { judgeEviction, judgeLatency, judgeVersion } from './check-redis';
import { checkSending } from './check-sending';
import { hideSecrets } from './hide-secrets';
import { validateEnv } from '../validate-env';

describe('the clock of this machine', () => {
  it.each([
    [5_000, 'ok', 'agrees with the database’s'],
    [-5_000, 'ok', 'agrees with the database’s'],
    [6_000, 'warn', 'this machine is 6 s ahead of the database'],
    [-60_000, 'warn', 'this machine is 60 s behind the database'],
    [61_000, 'fail', 'this machine is 61 s ahead of the database'],
  ])('%d ms ahead of the database', (offMs, verdict, detail) => {
    expect(judgeClock(offMs)).toMatchObject({ subject: 'clock', verdict, detail });
  });
});

describe('Redis', () => {
  const info = (version: string, more = '') => `# Server\r\nredis_version:${version}\r\n${more}os:Linux\r\n`;

  it.each([
    [[info('6.2.0')], 'ok', 'Redis 6.2.0 answers'],
    [[info('7.2.4', 'valkey_version:8.0.1\r\n')], 'ok', 'Valkey, as Redis 7.2.4 answers'],
    [[info('7.0.15'), info('7.0.15')], 'ok', 'Redis 7.0.15 answers, 2 nodes'],
    [[info('6.0.16')], 'fail', 'version 6.0.16 is too old'],
    [[info('7.0.15'), info('5.0.7')], 'fail', 'version 5.0.7 is too old'],
    [['# Server\r\n'], 'fail', 'version unknown is too old'],
  ])('of %j', (infos, verdict, detail) => {
    expect(judgeVersion(infos)).toMatchObject({ subject: 'redis', verdict, detail });
  });

  it.each([
    [['noeviction'], 'ok'],
    [['allkeys-lru'], 'warn'],
    [['noeviction', 'volatile-ttl'], 'warn'],
    [[undefined], 'ok'],
  ])('with the policies %j', (policies, verdict) => {
    expect(judgeEviction(policies)).toMatchObject({ subject: 'redis eviction', verdict });
  });

  it.each([
    [0.4, 'ok', 'under 1 ms for a round trip'],
    [50, 'ok', '50 ms for a round trip'],
    [50.6, 'warn', '51 ms for a round trip'],
  ])('%d ms away', (ms, verdict, detail) => {
    expect(judgeLatency(ms)).toMatchObject({ subject: 'redis latency', verdict, detail });
  });
});

describe('the configuration', () => {
  it('is told with every fault, each on a line', () => {
    const { findings, env, faulty } = checkConfiguration({
      PORT: 'x',
      CODE_LENGTH: '3',
      SMS_PROVIDERS: 'ronglian',
    });
    expect(env).toBeUndefined();
    expect(findings.length).toBe(6);
    expect(findings.every(({ verdict, remedy }) => verdict === 'fail' && remedy)).toBe(true);
    expect([...faulty].sort()).toEqual([
      'CODE_LENGTH',
      'PORT',
      'RONGLIAN_ACCOUNT_SID',
      'RONGLIAN_APP_ID',
      'RONGLIAN_AUTH_TOKEN',
      'RONGLIAN_TEMPLATE_ID',
    ]);
  });

  it('warns of a database whose secret is on one machine only', () => {
    const url = 'postgres://gatecode@127.0.0.1/gatecode';
    const secretKey = (variables: Record<string, string>) =>
      checkConfiguration(variables).findings.find(({ subject }) => subject === 'secret key');
    expect(secretKey({})).toMatchObject({ verdict: 'ok' });
    expect(secretKey({ DATABASE_URL: url })).toMatchObject({ verdict: 'warn' });
    const SECRET_KEY = `${'abcdefgh'.repeat(5)}abc=`;
    expect(secretKey({ DATABASE_URL: url, SECRET_KEY })).toEqual({
      verdict: 'ok',
      subject: 'secret key',
      detail: 'set',
    });
  });
});

describe('what goes with sending', () => {
  const NOW = Date.UTC(2026, 10, 21, 12);
  const gateway = { SMS_PROVIDERS: 'luosimao', LUOSIMAO_API_KEY: 'k', LUOSIMAO_SIGNATURE: 's' };
  const verdicts = (variables: Record<string, string>) =>
    checkSending(validateEnv(variables), NOW).map(({ subject, verdict }) => `${subject} ${verdict}`);

  it('is asked for with a real gateway only', () => {
    expect(verdicts({})).toEqual(['receipts ok', 'budget ok', 'test numbers ok']);
    expect(verdicts(gateway)).toEqual(['receipts warn', 'budget warn', 'test numbers ok']);
    const set = { SMS_RECEIPT_TOKEN: 'a-token-of-a-test', SMS_DAILY_BUDGET: '1000' };
    expect(verdicts({ ...gateway, ...set })).toEqual(['receipts ok', 'budget ok', 'test numbers ok']);
    expect(verdicts({ ...gateway, SMS_DAILY_BUDGET: '0' })).toContain('budget warn');
  });

  it.each([
    ['', 'warn', '138****0000 has no end'],
    ['@2026-11-21', 'ok', '138****0000 works until 2026-11-21'],
    ['@2026-11-20', 'warn', '138****0000 ended on 2026-11-20'],
  ])('looks at the end of a test number: %s', (end, verdict, detail) => {
    const env = validateEnv({ SMS_TEST_NUMBERS: `+8613800000000=246810${end}` });
    expect(checkSending(env, NOW).at(-1)).toMatchObject({ subject: 'test numbers', verdict, detail });
  });
});

describe('the last door', () => {
  it('lets no secret of the environment out, wherever it comes from', () => {
    const variables = {
      TENCENT_SECRET_KEY: 'exampleSecretKey0000000000000001',
      RONGLIAN_ACCOUNT_SID: '8a216da80000000000000000example1',
      DATABASE_URL: 'postgres://gatecode:sesame%2Fsesame@db/gatecode',
      REDIS_URL: 'redis://:anotherSecret@one:6379,redis://:anotherSecret@two:6379',
      TENCENT_TEMPLATE_ID: '12345678',
    };
    const said = Object.values(variables).join(' ') + ' sesame/sesame';
    const [{ detail, remedy }] = hideSecrets(
      [{ verdict: 'fail', subject: 'account', detail: said, remedy: said }],
      variables,
    );
    for (const text of [detail, remedy]) {
      expect(text).not.toMatch(/exampleSecretKey|8a216da8|sesame|anotherSecret/);
      expect(text).toContain('12345678');
    }
  });
});
