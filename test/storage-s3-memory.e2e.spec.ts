import { carryLargeObject } from './support/large-object';
import { S3Bucket } from './support/s3-bucket';
import { describeS3, S3_START_MS } from './support/s3-server';

describeS3('a stream of 200 MiB to S3 and back', () => {
  let bucket: S3Bucket;

  beforeAll(async () => {
    bucket = await S3Bucket.open();
  }, S3_START_MS);
  afterAll(() => bucket?.close());

  it(
    'arrives byte for byte, and never takes 100 MiB of memory',
    () => carryLargeObject({ driver: 's3', options: bucket.options }),
    120_000,
  );
});
