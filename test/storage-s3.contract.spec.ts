import { storageCasesFor } from '../src/testing';
import type { ConformanceTools } from '../src/testing';
import { S3Bucket } from './support/s3-bucket';
import { describeS3, S3_START_MS } from './support/s3-server';

const HOUR = 3_600_000;

describeS3('S3 as an ObjectStorage', () => {
  describe.each([
    { access: 'public', isPublic: true },
    { access: 'signed', isPublic: false },
  ])('$access, on radosgw', ({ isPublic }) => {
    let bucket: S3Bucket;
    let tools: ConformanceTools;

    beforeAll(async () => {
      bucket = await S3Bucket.open({ isPublic });
      tools = {
        expiredTicket: (request) => bucket.atAnotherTime(-HOUR).createUploadTicket(request),
        expiredUrl: (key) => bucket.atAnotherTime(-HOUR).signedUrl(key, { expiresIn: 60 }),
        withOtherSecret: () => bucket.withOtherSecret(),
        unreachable: () => bucket.unreachable(),
        secrets: [bucket.server.secretAccessKey],
        unfinished: () => bucket.unfinished(),
      };
    }, S3_START_MS);
    afterAll(() => bucket?.close());

    const capabilities = {
      callback: false,
      contentSniffing: false,
      imageOps: false,
      createOnlyTickets: false,
      createOnlyPut: true,
      publicUrls: isPublic,
    };

    it('says what it can', () => {
      expect(bucket.driver.capabilities).toEqual(capabilities);
    });

    // A bucket that anybody may read differs in little else.
    const cases = storageCasesFor(capabilities).filter(({ needs }) => !isPublic || needs);
    it.each(cases.map((each) => [each.name, each] as const))('%s', (_, each) =>
      each.run(bucket.driver, tools),
    );

    it('leaves nothing behind in the end', async () => {
      // An upload that its client cut off at the very end may come through whole when its case is over already.
      expect((await bucket.keys()).filter((key) => !key.endsWith('.png'))).toEqual([]);
      expect(await bucket.unfinished()).toEqual([]);
    });
  });
});
