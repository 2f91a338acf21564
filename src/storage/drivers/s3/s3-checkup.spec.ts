import { once } from 'node:events';
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { StorageCheck } from '../../object-storage.interface';
import { S3Driver } from './s3.driver';

const EMPTY_LIST = '<ListBucketResult></ListBucketResult>';

interface Answer {
  readonly status: number;
  readonly code?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

function give(response: ServerResponse, { status, code, headers = {} }: Answer): void {
  response.writeHead(status, { 'content-type': 'application/xml', ...headers });
  response.end(code === undefined ? EMPTY_LIST : `<Error><Code>${code}</Code><Message>no</Message></Error>`);
}

// What AWS itself answers: no server that can be run here does.
describe('looking an S3 store over', () => {
  let server: Server;
  let answer: Answer;

  beforeAll(async () => {
    server = createServer((_, response) => give(response, answer)).listen(0, '127.0.0.1');
    await once(server, 'listening');
  });
  afterAll(() => server.close());

  async function checks(now?: () => number): Promise<StorageCheck[]> {
    const options = {
      endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
      accessKeyId: 'AKIADOCEXAMPLE',
      secretAccessKey: 'doc/secret+key/0001',
      bucket: 'avatars',
      region: 'eu-central-1',
      limits: { attempts: 1 },
    };
    const store = new S3Driver(options, now && { now });
    try {
      return await store.checkup();
    } finally {
      await store.close();
    }
  }

  it.each<[Answer, string]>([
    [{ status: 301, code: 'PermanentRedirect' }, 'S3_REGION is not the region of the bucket'],
    [
      { status: 301, code: 'PermanentRedirect', headers: { 'x-amz-bucket-region': 'us-west-2' } },
      'Set S3_REGION to us-west-2.',
    ],
    [
      { status: 400, code: 'AuthorizationHeaderMalformed', headers: { 'x-amz-bucket-region': 'us-west-2' } },
      'Set S3_REGION to us-west-2.',
    ],
    [{ status: 403, code: 'InvalidAccessKeyId' }, 'S3_ACCESS_KEY_ID'],
    [{ status: 403, code: 'SignatureDoesNotMatch' }, 'S3_SECRET_ACCESS_KEY'],
    [{ status: 403, code: 'AccessDenied' }, 's3:ListBucket'],
    [{ status: 403, code: 'RequestTimeTooSkewed' }, 'clock'],
    [{ status: 404, code: 'NoSuchBucket' }, 'S3_BUCKET'],
    [{ status: 503, code: 'ServiceUnavailable' }, 'S3_ENDPOINT'],
    [{ status: 404 }, 'S3_ENDPOINT'],
    [{ status: 418 }, 'S3_ENDPOINT and S3_FORCE_PATH_STYLE'],
  ])('%j: %s', async (given, remedy) => {
    answer = given;
    const [first, ...others] = await checks();
    expect(first).toMatchObject({ subject: 'bucket', verdict: 'fail' });
    expect(first.remedy).toContain(remedy);
    expect(others.map(({ subject }) => subject)).toEqual(['clock']);
  });

  it('says so when a store serves a bucket of another region all the same', async () => {
    answer = { status: 200, headers: { 'x-amz-bucket-region': 'us-west-2' } };
    expect((await checks())[0]).toMatchObject({ verdict: 'warn', remedy: 'Set S3_REGION to us-west-2.' });
  });

  it.each([
    [29_000, 'ok'],
    [-29_000, 'ok'],
    [60_000, 'warn'],
    [-60_000, 'warn'],
    [901_000, 'fail'],
    [-901_000, 'fail'],
  ])('compares the clocks: %d ms ahead', async (ahead, verdict) => {
    const now = Date.parse('2026-01-01T00:00:00.000Z');
    answer = { status: 200, headers: { date: new Date(now + ahead).toUTCString() } };
    const clock = (await checks(() => now)).find(({ subject }) => subject === 'clock');
    expect(clock).toMatchObject({ verdict, detail: `${Math.abs(ahead) / 1_000} s from the store's` });
  });
});
