import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { validateEnv } from '../validate-env';
import { judgeRoom } from './check-store-folder';
import { checkObjectStore } from './check-object-store';
import { askForSkew, judgeStoreClock } from './store-clock';
import { storeHosts } from './store-hosts';

const MINUTE = 60_000;
const GIB = 1024 ** 3;

const folder = mkdtempSync(join(tmpdir(), 'gatecode-doctor-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const look = async (variables: Record<string, string>) =>
  (await checkObjectStore(validateEnv(variables), false)).map(
    ({ verdict, subject, detail }) => `${verdict} ${subject}: ${detail.replaceAll(folder, '<folder>')}`,
  );

describe('the local disk', () => {
  it('is well where the folder is there, or can be made', async () => {
    const [there, space, hint] = await look({ DATA_DIR: join(folder, 'new') });
    expect(there).toBe('ok local folder: <folder>/new/storage is made at the first start');
    expect(space).toMatch(/^(ok|warn) local space: \d+ MiB are free$/);
    expect(hint).toContain('npm run storage:check');
  });

  it('is ill where something else lies in its place', async () => {
    writeFileSync(join(folder, 'storage'), '');
    expect(await look({ DATA_DIR: folder })).toContain('fail local folder: <folder>/storage is no folder');
  });

  it.each([
    [GIB, 'ok', '1024 MiB are free'],
    [GIB - 1, 'warn', '1023 MiB are free'],
  ])('with %d bytes left', (free, verdict, detail) => {
    expect(judgeRoom(free)).toMatchObject({ subject: 'local space', verdict, detail });
  });
});

describe('no store at all', () => {
  it('is well: nothing is taken', async () => {
    const env = validateEnv({});
    const production = { ...env, NODE_ENV: 'production' } as typeof env;
    expect(await checkObjectStore(production, false)).toEqual([
      { verdict: 'ok', subject: 'storage', detail: 'STORAGE_PROVIDER is not set: no uploads are taken' },
    ]);
  });
});

describe('the hosts of a store', () => {
  const S3 = { STORAGE_PROVIDER: 's3', S3_REGION: 'eu-west-1', S3_BUCKET: 'avatars' };
  const QINIU = {
    STORAGE_PROVIDER: 'qiniu',
    QINIU_ACCESS_KEY: 'ak-sample',
    QINIU_SECRET_KEY: 'sk-sample',
    QINIU_BUCKET: 'avatars',
    QINIU_DOMAIN: 'https://cdn.example.com',
  };
  const keys = { S3_ACCESS_KEY_ID: 'sample-key-id', S3_SECRET_ACCESS_KEY: 'sample-secret' };
  const hosts = (variables: Record<string, string>) => {
    const env = validateEnv(variables);
    return storeHosts(env.STORAGE_PROVIDER as 's3' | 'qiniu', env).map(
      ({ origin, remedy }) => `${origin} by ${remedy}`,
    );
  };

  it.each<[string, Record<string, string>, string[]]>([
    ['AWS', S3, ['https://avatars.s3.eu-west-1.amazonaws.com by S3_REGION']],
    [
      'another S3',
      {
        ...S3,
        ...keys,
        S3_ENDPOINT: 'https://minio.example.com',
        S3_PUBLIC_URL: 'https://cdn.example.com/a',
      },
      ['https://minio.example.com by S3_ENDPOINT', 'https://cdn.example.com by S3_PUBLIC_URL'],
    ],
    [
      'Qiniu with a region',
      { ...QINIU, QINIU_REGION: 'z2', QINIU_RS_URL: 'https://rs.example.com' },
      [
        'https://rs.example.com by QINIU_RS_URL',
        'https://upload-z2.qiniup.com by QINIU_REGION',
        'https://cdn.example.com by QINIU_DOMAIN',
      ],
    ],
    [
      'Qiniu that is asked for the region',
      QINIU,
      [
        'https://uc.qiniuapi.com by set QINIU_REGION where this network may not',
        'https://cdn.example.com by QINIU_DOMAIN',
      ],
    ],
  ])('of %s', (_, variables, expected) => {
    expect(hosts(variables)).toEqual(expected);
  });
});

describe('the clock of a store', () => {
  it.each([
    [29_000, 'ok', 'agrees with the store’s'],
    [-40_000, 'warn', 'this machine is 40 s behind the store'],
    [16 * MINUTE, 'fail', 'this machine is 960 s ahead of the store'],
  ])('%d ms behind this machine', (aheadMs, verdict, detail) => {
    expect(judgeStoreClock('s3 clock', aheadMs)).toMatchObject({ subject: 's3 clock', verdict, detail });
  });

  it('stands in whatever a server answers', async () => {
    const asked: string[] = [];
    const server = createServer((request, response) => {
      asked.push(`${request.method} ${request.url} ${request.headers.authorization ?? 'anonymous'}`);
      const date = new Date(Date.now() - 10 * MINUTE).toUTCString();
      response.writeHead(403, { Date: date, Connection: 'close' }).end();
    });
    await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
    const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const aheadMs = await askForSkew(origin, 2_000);
    await new Promise((closed) => server.close(closed));
    expect(Math.abs(aheadMs! - 10 * MINUTE)).toBeLessThan(2_000);
    expect(asked).toEqual(['HEAD / anonymous']);
    expect(await askForSkew(origin, 2_000)).toBeUndefined();
  });
});
