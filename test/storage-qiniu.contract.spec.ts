import { type ConformanceTools, storageCasesFor } from '../src/testing';
import { nobody } from './support/nobody';
import { qiniuDriver } from './support/qiniu-driver';
import { QINIU_ACCOUNT } from './support/simulators/qiniu-account';
import { QiniuSimulator } from './support/simulators/qiniu.simulator';

const HOUR = 3_600_000;
const OTHER_SECRET = 'sk-another-secret-000000000000000000001';

// Anybody reads a public bucket: nothing in a signature of its URLs can be wrong.
const OF_PRIVATE_ONLY =
  /signed URL (of which anything was altered|for another key|whose time is over|of somebody else)/;

describe.each([
  { what: 'a private bucket', bucket: 'avatars', options: { private: true } },
  { what: 'a public bucket', bucket: 'open', options: { private: false } },
  {
    what: 'a private bucket that has to be looked up',
    bucket: 'avatars',
    options: { private: true, uploadUrl: undefined, rsUrl: undefined, rsfUrl: undefined },
  },
])('Qiniu as an ObjectStorage: $what', ({ bucket, options }) => {
  let simulator: QiniuSimulator;
  let elsewhere: string;

  beforeAll(async () => {
    simulator = await QiniuSimulator.start();
    elsewhere = await nobody();
  });
  afterAll(() => simulator.stop());
  afterEach(() => expect(simulator.complaints).toEqual([]));

  const store = (more = {}, now?: () => number) =>
    qiniuDriver(simulator, { bucket, ...options, ...more }, now && { now });

  const tools: ConformanceTools = {
    expiredTicket: (request) => store({}, () => Date.now() - HOUR).createUploadTicket(request),
    expiredUrl: (key) => store({}, () => Date.now() - 3 * HOUR).signedUrl(key, { expiresIn: 60 }),
    withOtherSecret: () => store({ secretKey: OTHER_SECRET }),
    unreachable: () =>
      store({ uploadUrl: elsewhere, rsUrl: elsewhere, rsfUrl: elsewhere, domain: elsewhere }),
    secrets: [QINIU_ACCOUNT.secretKey, OTHER_SECRET],
    unfinished: () => Promise.resolve(simulator.parts.open),
  };

  const capabilities = {
    callback: false,
    contentSniffing: true,
    imageOps: true,
    createOnlyTickets: true,
    createOnlyPut: true,
    publicUrls: !options.private,
  };
  const cases = storageCasesFor(capabilities).filter(
    ({ name }) => options.private || !OF_PRIVATE_ONLY.test(name),
  );

  it('says what it can', () => {
    expect(store().capabilities).toEqual(capabilities);
  });

  it.each(cases.map((each) => [each.name, each] as const))('%s', async (_, each) => {
    const tested = store();
    // A bucket is looked up once; until then nobody can name the origin of uploads.
    if (options.uploadUrl === undefined) await tested.checkup();
    await each.run(tested, tools);
    await tested.close();
  });

  const ofCallbacks = storageCasesFor({ ...capabilities, callback: true }).filter(({ needs, name }) =>
    needs ? !needs(capabilities) : name.includes('honestly'),
  );

  it.each(ofCallbacks.map((each) => [each.name, each] as const))('with a callback URL: %s', (_, each) =>
    each.run(store({ callbackUrl: 'https://api.example.com/v1/hooks/storage/qiniu' }), tools),
  );
});
