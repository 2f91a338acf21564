import { execFileSync } from 'node:child_process';
import { join } from 'node:path';

import { transformFileSync } from '@swc/core';

import { signRonglian } from './ronglian-signature';

const FIRST = ['8a216da80000000000000000example1', '0123456789abcdef0123456789abcdef'] as const;
const SECOND = ['ff80808100000000000000000example', 'fedcba9876543210fedcba9876543210'] as const;

/** Two independent implementations agree on these. */
const VECTORS = [
  {
    account: FIRST,
    at: '2026-01-01T00:00:00Z',
    timestamp: '20260101080000',
    sig: '88BB1EA2B35A83B64D6C6E56556A1579',
    authorization: 'OGEyMTZkYTgwMDAwMDAwMDAwMDAwMDAwZXhhbXBsZTE6MjAyNjAxMDEwODAwMDA=',
  },
  {
    account: FIRST,
    at: '2026-01-31T16:00:00Z',
    timestamp: '20260201000000',
    sig: '68032F94E56EED3D4587A5EA0FCA503D',
    authorization: 'OGEyMTZkYTgwMDAwMDAwMDAwMDAwMDAwZXhhbXBsZTE6MjAyNjAyMDEwMDAwMDA=',
  },
  {
    account: SECOND,
    at: '2026-06-30T15:59:59Z',
    timestamp: '20260630235959',
    sig: '64C1FB11DF571EDC2530D9FFE6EB465D',
    authorization: 'ZmY4MDgwODEwMDAwMDAwMDAwMDAwMDAwMGV4YW1wbGU6MjAyNjA2MzAyMzU5NTk=',
  },
  {
    account: SECOND,
    at: '2026-02-02T19:04:05Z',
    timestamp: '20260203030405',
    sig: '4BEAE7C619CB35215A49637EC8633B62',
    authorization: 'ZmY4MDgwODEwMDAwMDAwMDAwMDAwMDAwMGV4YW1wbGU6MjAyNjAyMDMwMzA0MDU=',
  },
];

const EXPECTED = VECTORS.map(({ timestamp, sig, authorization }) => ({ timestamp, sig, authorization }));

describe('signRonglian', () => {
  it.each(VECTORS)('signs $at', ({ account, at, timestamp, sig, authorization }) => {
    expect(signRonglian(account[0], account[1], Date.parse(at))).toEqual({ timestamp, sig, authorization });
  });

  it.each(['UTC', 'America/New_York', 'Asia/Shanghai'])('gives the same in a process in %s', (TZ) => {
    const options = { module: { type: 'commonjs' }, jsc: { parser: { syntax: 'typescript' } } } as const;
    const { code } = transformFileSync(join(__dirname, 'ronglian-signature.ts'), options);
    const calls = VECTORS.map(({ account, at }) => [...account, Date.parse(at)]);
    const script = `${code}
      ;console.log(JSON.stringify(${JSON.stringify(calls)}.map((call) => exports.signRonglian(...call))))`;
    const output = execFileSync(process.execPath, ['-e', script], { env: { TZ }, encoding: 'utf8' });
    expect(JSON.parse(output)).toEqual(EXPECTED);
  });
});
