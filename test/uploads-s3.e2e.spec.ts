import { picture } from './support/pictures';
import { S3Bucket } from './support/s3-bucket';
import { describeS3, S3_START_MS } from './support/s3-server';
import { rawKeyOf, sendWith, startUploadsHost, Uploader, type UploadsHost } from './support/uploads-host';

describeS3('Uploads to S3', () => {
  let bucket: S3Bucket;
  let host: UploadsHost;
  let user: Uploader;

  beforeAll(async () => {
    bucket = await S3Bucket.open({ isPublic: true });
    host = await startUploadsHost({ stores: { pictures: bucket.driver } });
  }, S3_START_MS);
  beforeEach(() => {
    user = new Uploader(host);
  });
  afterAll(async () => {
    await host?.stop();
    await bucket?.close();
  });

  const keysOf = async (uploadId: string) =>
    (await bucket.keys()).filter((key) => key.includes(uploadId)).map((key) => key.split('/').at(-1));

  it('go straight there with nothing but the ticket, and end as pictures', async () => {
    const bytes = await picture('webp');
    const ticket = await user.ticket(bytes.length, 'image/webp');
    expect(new URL(ticket.url).origin).toBe(bucket.server.endpoint);
    expect((await sendWith(ticket, bytes, 'image/webp')).ok).toBe(true);
    const { body } = await user.complete(ticket.uploadId).expect(200);
    expect(body).toMatchObject({ status: 'ready', size: bytes.length });
    expect(await keysOf(ticket.uploadId)).toEqual(['256.webp', '512.jpg', '512.webp', '64.webp']);
    const answer = await fetch(body.url);
    expect(answer.status).toBe(200);
    expect(answer.headers.get('content-type')).toBe('image/webp');
    expect(answer.headers.get('cache-control')).toBe('public, max-age=31536000, immutable');
  });

  it('are refused by the store itself when they are too large or of another type', async () => {
    const bytes = await picture();
    const ticket = await user.ticket(bytes.length);
    expect((await sendWith(ticket, Buffer.concat([bytes, bytes, bytes]), 'image/png')).ok).toBe(false);
    const fields = { ...ticket.fields, 'Content-Type': 'text/html' };
    expect((await sendWith({ ...ticket, fields }, bytes, 'text/html')).ok).toBe(false);
    const key = (await rawKeyOf(host, ticket.uploadId)).replace('raw', '512');
    expect((await sendWith({ ...ticket, fields: { ...ticket.fields, key } }, bytes, 'image/png')).ok).toBe(
      false,
    );
    await user.complete(ticket.uploadId).expect(409);
    expect(await keysOf(ticket.uploadId)).toEqual([]);
  });

  it('that are no pictures are deleted', async () => {
    const uploadId = await user.uploaded(Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"/>'));
    await user.complete(uploadId).expect(422);
    expect(await keysOf(uploadId)).toEqual([]);
  });

  it('may come through this service', async () => {
    const { body } = await user
      .post('/uploads/form')
      .attach('file', await picture(), 'me.png')
      .expect(201);
    expect(body.status).toBe('ready');
    expect(await keysOf(body.uploadId)).toHaveLength(4);
  });
});
