import {
  type BucketLifecycleConfiguration as Lifecycle,
  type CORSConfiguration,
  DeleteBucketPolicyCommand,
  GetBucketLifecycleConfigurationCommand,
  PutBucketCorsCommand,
  PutBucketLifecycleConfigurationCommand,
  PutBucketPolicyCommand,
} from '@aws-sdk/client-s3';
import { bytes, streamOf } from '../src/storage/conformance/samples';
import type { UploadTicket, UploadTicketRequest } from '../src/storage/object-storage.interface';
import type { S3Driver } from '../src/storage/drivers/s3/s3.driver';
import { fencedBlock } from './support/readme';
import { S3Bucket } from './support/s3-bucket';
import { describeS3, S3_START_MS } from './support/s3-server';

const MIB = 1024 ** 2;
const KEY = 'avatar/1f/raw.png';
const PNG = { contentType: 'image/png' };
const MINUTE = 60_000;
const REQUEST: UploadTicketRequest = {
  key: KEY,
  minBytes: 10,
  maxBytes: 1_000,
  contentType: 'image/png',
  expiresIn: 300,
  uploadId: '019aa3c4-7d60-7c3e-9a55-0d6f3f1f8a1f',
  owner: '019aa3c4-0000-7c3e-9a55-0d6f3f1f8a1f',
};

interface Form {
  readonly fields?: Readonly<Record<string, string>>;
  readonly content?: Buffer;
}

/** What a browser does. */
async function post(ticket: UploadTicket, { fields = ticket.fields, content = bytes(100) }: Form = {}) {
  const form = new FormData();
  for (const [name, value] of Object.entries(fields)) form.append(name, value);
  form.append('file', new Blob([new Uint8Array(content)]), 'me.png');
  const answer = await fetch(ticket.url, { method: 'POST', body: form });
  return { status: answer.status, code: /<Code>(\w+)</.exec(await answer.text())?.[1] };
}

describeS3('S3: a direct upload', () => {
  let bucket: S3Bucket;
  let store: S3Driver;
  let ticket: UploadTicket;

  beforeAll(async () => {
    bucket = await S3Bucket.open();
    store = bucket.driver;
  }, S3_START_MS);
  beforeEach(async () => {
    ticket = await store.createUploadTicket(REQUEST);
  });
  afterEach(() => store.delete(KEY));
  afterAll(() => bucket?.close());

  it('is taken as the ticket says, and the store remembers for whom', async () => {
    expect(await post(ticket)).toEqual({ status: 204 });
    expect(await store.stat(KEY)).toMatchObject({
      size: 100,
      contentType: 'image/png',
      owner: REQUEST.owner,
    });
  });

  const withFields = (changes: Record<string, string>): Form => ({
    fields: { ...ticket.fields, ...changes },
  });

  it.each<[string, number, string, () => Form]>([
    ['one byte more than allowed', 400, 'EntityTooLarge', () => ({ content: bytes(1_001) })],
    ['a thousand times as much', 400, 'EntityTooLarge', () => ({ content: bytes(1_000_000) })],
    ['one byte less', 400, 'EntityTooSmall', () => ({ content: bytes(9) })],
    ['another key', 403, 'AccessDenied', () => withFields({ key: 'avatar/1f/other.png' })],
    ['another type', 403, 'AccessDenied', () => withFields({ 'Content-Type': 'text/html' })],
    ['another owner', 403, 'AccessDenied', () => withFields({ 'x-amz-meta-owner': 'somebody' })],
    ['a field the ticket does not have', 403, 'AccessDenied', () => withFields({ 'x-amz-meta-more': 'x' })],
    ['a wish to be public', 403, 'AccessDenied', () => withFields({ acl: 'public-read' })],
    ['a policy that was altered', 403, 'AccessDenied', () => withFields({ Policy: wider() })],
    ['no ticket at all', 403, 'AccessDenied', () => ({ fields: { key: KEY, 'Content-Type': 'image/png' } })],
  ])('is refused with %s', async (_, status, code, form) => {
    expect(await post(ticket, form())).toEqual({ status, code });
    expect(await bucket.keys()).toEqual([]);
  });

  function wider(): string {
    const policy = Buffer.from(ticket.fields.Policy, 'base64').toString();
    expect(policy).toContain('1000');
    return Buffer.from(policy.replace('1000', '9999')).toString('base64');
  }

  it('is refused when somebody else signed', async () => {
    const forged = await bucket.withOtherSecret().createUploadTicket(REQUEST);
    expect(await post(forged)).toEqual({ status: 403, code: 'AccessDenied' });
    expect(await bucket.keys()).toEqual([]);
  });

  it('is refused when its time is over', async () => {
    const late = await bucket.atAnotherTime(-6 * MINUTE).createUploadTicket(REQUEST);
    expect(await post(late)).toMatchObject({ status: 403 });
    expect(await bucket.keys()).toEqual([]);
  });

  it('is nothing that anybody could do, or read, without', async () => {
    await store.put(KEY, bytes(100), PNG);
    const url = store.publicUrl(KEY);
    for (const [method, body] of [['GET'], ['HEAD'], ['DELETE'], ['PUT', 'mine']])
      expect(await fetch(url, { method, body }).then(({ status }) => status)).toBe(403);
    expect((await store.stat(KEY))?.size).toBe(100);
  });

  it('is not possible from pages before the bucket has rules for them', async () => {
    const preflight = () =>
      fetch(ticket.url, {
        method: 'OPTIONS',
        headers: { origin: 'https://app.example.com', 'access-control-request-method': 'POST' },
      });
    expect((await preflight()).status).toBe(403);
    expect(await store.checkup()).toContainEqual(
      expect.objectContaining({ subject: 'cors', verdict: 'warn' }),
    );
    const CORSConfiguration = JSON.parse(fencedBlock('json', 'CORSRules')) as CORSConfiguration;
    await bucket.client.send(new PutBucketCorsCommand({ Bucket: bucket.name, CORSConfiguration }));
    const { status, headers } = await preflight();
    expect(status).toBe(200);
    expect(headers.get('access-control-allow-origin')).toBe('https://app.example.com');
    expect(await store.checkup()).toContainEqual({
      subject: 'cors',
      verdict: 'ok',
      detail: 'POST from https://app.example.com',
    });
  });
});

describeS3('S3: what the server does itself', () => {
  let bucket: S3Bucket;
  let store: S3Driver;

  beforeAll(async () => {
    bucket = await S3Bucket.open();
    store = bucket.driver;
  }, S3_START_MS);
  afterEach(() => store.delete(KEY));
  afterAll(() => bucket?.close());

  it('has objects served with the Cache-Control it put them with', async () => {
    const cacheControl = 'public, max-age=31536000, immutable';
    for (const size of [100, 9 * MIB]) {
      await store.put(KEY, bytes(size), { ...PNG, cacheControl });
      const answer = await fetch(await store.signedUrl(KEY, { expiresIn: 60 }), {
        headers: { range: 'bytes=0-0' },
      });
      expect(answer.headers.get('cache-control')).toBe(cacheControl);
      await answer.arrayBuffer();
    }
  });

  it('shows anybody the sizes of an avatar, and nothing that was not checked yet', async () => {
    const folder = 'avatar/1f/019aa3c4-7d60-7c3e-9a55-0d6f3f1f8a1f';
    const Policy = fencedBlock('json', '"Principal": "*"').replaceAll(':::avatars/', `:::${bucket.name}/`);
    await bucket.client.send(new PutBucketPolicyCommand({ Bucket: bucket.name, Policy }));
    const statuses = { 'raw.png': 403, '64.webp': 200, '256.webp': 200, '512.webp': 200, '512.jpg': 200 };
    for (const [name, status] of Object.entries(statuses)) {
      await store.put(`${folder}/${name}`, bytes(10), PNG);
      expect((await fetch(store.publicUrl(`${folder}/${name}`))).status).toBe(status);
      await store.delete(`${folder}/${name}`);
    }
    await bucket.client.send(new DeleteBucketPolicyCommand({ Bucket: bucket.name }));
  });

  it('has rules that README shows: for unfinished parts, and none that lets objects end', async () => {
    const rules = JSON.parse(fencedBlock('json', 'AbortIncompleteMultipartUpload"')) as Lifecycle;
    const Bucket = bucket.name;
    await bucket.client.send(
      new PutBucketLifecycleConfigurationCommand({ Bucket, LifecycleConfiguration: rules }),
    );
    const { Rules } = await bucket.client.send(new GetBucketLifecycleConfigurationCommand({ Bucket }));
    expect(Rules).toMatchObject(rules.Rules!);
    expect(Rules).not.toContainEqual(expect.objectContaining({ Expiration: expect.anything() }));
  });

  it('creates only, also by parts, and leaves no parts behind', async () => {
    await store.put(KEY, bytes(100), PNG);
    const put = store.put(KEY, streamOf(bytes(11 * MIB)), { ...PNG, createOnly: true });
    await expect(put).rejects.toMatchObject({ fault: 'exists' });
    expect((await store.stat(KEY))?.size).toBe(100);
    expect(await bucket.unfinished()).toEqual([]);
  });

  it('gives up in the middle of the parts, and leaves none behind', async () => {
    const abort = new AbortController();
    const told: number[] = [];
    const put = store.put(KEY, bytes(40 * MIB), {
      ...PNG,
      signal: abort.signal,
      onProgress: (taken) => {
        told.push(taken);
        abort.abort();
      },
    });
    await expect(put).rejects.toMatchObject({ fault: 'aborted' });
    expect(told[0]).toBeGreaterThan(0);
    expect(await store.stat(KEY)).toBeUndefined();
    expect(await bucket.unfinished()).toEqual([]);
  });

  it('tells of a large put part by part', async () => {
    const told: number[] = [];
    await store.put(KEY, streamOf(bytes(20 * MIB)), { ...PNG, onProgress: (taken) => void told.push(taken) });
    expect(told.length).toBe(3);
    expect(told.at(-1)).toBe(20 * MIB);
  });

  it('does not take a bucket that is missing for an object that is', async () => {
    const lost = bucket.driverWith({ bucket: 'nobody-has-this' });
    await expect(lost.stat(KEY)).rejects.toMatchObject({ fault: 'misconfigured' });
    await expect(lost.getStream(KEY)).rejects.toMatchObject({ fault: 'misconfigured' });
    await expect(lost.delete(KEY)).rejects.toMatchObject({ fault: 'misconfigured' });
    await expect(lost.put(KEY, bytes(10), PNG)).rejects.toMatchObject({ fault: 'misconfigured' });
  });

  it('is denied everything with a wrong secret', async () => {
    const stranger = bucket.withOtherSecret();
    for (const call of [
      stranger.stat(KEY),
      stranger.getStream(KEY),
      stranger.delete(KEY),
      stranger.put(KEY, bytes(10), PNG),
      stranger.copy(KEY, 'avatar/other'),
    ])
      await expect(call).rejects.toMatchObject({ fault: 'denied' });
    expect(await bucket.keys()).toEqual([]);
  });

  describe('looked over', () => {
    const first = async (driver: S3Driver) => (await driver.checkup())[0];

    it('finds nothing wrong', async () => {
      expect(await store.checkup()).toEqual([
        { subject: 'bucket', verdict: 'ok', detail: bucket.name },
        { subject: 'clock', verdict: 'ok', detail: expect.stringMatching(/^\d+ s/) },
        expect.objectContaining({ subject: 'cors' }),
      ]);
    });

    it('tells which setting is wrong', async () => {
      const remedies = [
        [bucket.withOtherSecret(), 'S3_SECRET_ACCESS_KEY'],
        [bucket.driverWith({ accessKeyId: 'AKIANOBODY' }), 'S3_ACCESS_KEY_ID'],
        [bucket.driverWith({ bucket: 'nobody-has-this' }), 'S3_BUCKET'],
        [bucket.unreachable(), 'S3_ENDPOINT'],
        [bucket.driverWith({ endpoint: 'http://localhost.invalid', allowPlainHttp: true }), 'S3_ENDPOINT'],
      ] as const;
      for (const [driver, setting] of remedies)
        expect(await first(driver)).toMatchObject({
          verdict: 'fail',
          remedy: expect.stringContaining(setting),
        });
    });

    it.each([
      [0, 'ok'],
      [-2 * MINUTE, 'warn'],
      [20 * MINUTE, 'fail'],
    ])('compares the clocks: %d ms', async (offset, verdict) => {
      const checks = await bucket.atAnotherTime(offset).checkup();
      expect(checks.find(({ subject }) => subject === 'clock')).toMatchObject({ verdict });
    });
  });
});
