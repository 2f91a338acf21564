import { generateKeyPairSync } from 'node:crypto';
import { Logger } from '@nestjs/common';
import { RemoteKeySet } from './remote-key-set';

const url = 'https://id.example.org/.well-known/jwks.json';
const publicKey = generateKeyPairSync('ed25519').publicKey.export({ format: 'jwk' });

describe('the keys of an issuer', () => {
  let now: number;
  let calls: RequestInit[];
  /** What the issuer answers: names of keys, or a fault. */
  let issuer: string[] | Error | number;
  let keys: RemoteKeySet;

  const http = (_: unknown, init?: RequestInit) => {
    calls.push(init!);
    if (issuer instanceof Error) return Promise.reject(issuer);
    if (typeof issuer === 'number') return Promise.resolve(new Response('{}', { status: issuer }));
    const set = issuer.map((kid) => ({ ...publicKey, kid, alg: 'EdDSA', use: 'sig' }));
    return Promise.resolve(Response.json({ keys: set }));
  };

  beforeAll(() => Logger.overrideLogger(false));

  beforeEach(() => {
    [now, calls, issuer] = [1_000_000, [], ['a']];
    keys = new RemoteKeySet({ url }, http, () => now);
  });

  it('are asked for once, and found', async () => {
    expect(await keys.find('a')).toMatchObject({ kid: 'a', alg: 'EdDSA' });
    await keys.find('a');
    expect(calls).toHaveLength(1);
    expect(keys.has('a')).toBe(true);
  });

  it('are asked for once by many at the same time', async () => {
    await Promise.all(Array.from({ length: 10 }, () => keys.find('a')));
    expect(calls).toHaveLength(1);
  });

  it('that are new are looked for, every ten seconds at the most', async () => {
    await keys.find('a');
    issuer = ['a', 'b'];
    expect(await keys.find('b')).toBeUndefined();
    now += 9_999;
    expect(await keys.find('b')).toBeUndefined();
    now += 1;
    expect(await keys.find('b')).toMatchObject({ kid: 'b' });
    for (let turn = 0; turn < 100; turn += 1) await keys.find(`unknown ${turn}`);
    expect(calls).toHaveLength(2);
  });

  it('that the issuer no longer has are gone', async () => {
    await keys.find('a');
    issuer = ['b'];
    now += 10_000;
    await keys.find('b');
    expect(keys.has('a')).toBe(false);
  });

  it.each<[string, typeof issuer]>([
    ['is gone', new Error('ECONNREFUSED')],
    ['has a fault', 500],
    ['answers something else', []],
  ])('stay good while the issuer %s', async (_, fault) => {
    await keys.find('a');
    issuer = fault;
    now += 10_000;
    expect(await keys.find('b')).toBeUndefined();
    expect(await keys.find('a')).toMatchObject({ kid: 'a' });
  });

  it('are no verdict on a token while none is known', async () => {
    issuer = new Error('ECONNREFUSED');
    await expect(keys.find('a')).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
    issuer = ['a'];
    now += 1_000;
    expect(await keys.find('a')).toMatchObject({ kid: 'a' });
  });

  it('are not taken from where the issuer points to', async () => {
    await keys.find('a');
    expect(calls[0].redirect).toBe('error');
  });

  it.each(['http://id.example.org/jwks.json', 'file:///etc/jwks.json', 'ftp://127.0.0.1/x'])(
    'are not taken from %s',
    (address) => {
      expect(() => new RemoteKeySet({ url: address })).toThrow('must be https');
    },
  );

  it('may come by plain http from this machine, and where a host says so', () => {
    expect(() => new RemoteKeySet({ url: 'http://127.0.0.1:3000/jwks.json' })).not.toThrow();
    expect(() => new RemoteKeySet({ url: 'http://gatecode:3000/jwks.json', plainHttp: true })).not.toThrow();
  });
});
