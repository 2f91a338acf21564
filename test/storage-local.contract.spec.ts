import { type ConformanceTools, STORAGE_CASES, storageCasesFor } from '../src/testing';
import {
  atAnotherTime,
  type Platform,
  type ServedStore,
  serveLocalStore,
  withOtherSecret,
  withoutFolder,
} from './support/local-store';

const HOUR = 3_600_000;

describe.each<{ platform: Platform; access: 'public' | 'signed'; by: string }>([
  { platform: 'express', access: 'signed', by: 'a host' },
  { platform: 'fastify', access: 'signed', by: 'a host' },
  { platform: 'express', access: 'public', by: 'the service' },
  { platform: 'fastify', access: 'public', by: 'the service' },
])('the local disk as an ObjectStorage: $access, by $by on $platform', ({ platform, access, by }) => {
  let served: ServedStore;
  let tools: ConformanceTools;

  beforeAll(async () => {
    served = await serveLocalStore(platform, { access }, by === 'the service');
    tools = {
      expiredTicket: async (request) => (await atAnotherTime(served, -HOUR)).createUploadTicket(request),
      expiredUrl: async (key) => (await atAnotherTime(served, -HOUR)).signedUrl(key, { expiresIn: 60 }),
      withOtherSecret: () => withOtherSecret(served),
      unreachable: () => withoutFolder(served),
      secrets: (['storage-ticket', 'storage-link'] as const).flatMap((purpose) => {
        const key = served.options.secrets.key(purpose);
        return [
          key.toString('hex'),
          // As a Buffer is printed.
          [...key].map((byte) => byte.toString(16).padStart(2, '0')).join(' '),
          key.toString('base64'),
          key.toString('base64url'),
          key.toString('latin1'),
        ];
      }),
      unfinished: () => served.unfinished(),
    };
  });
  afterAll(() => served?.stop());

  const capabilities = { callback: false, contentSniffing: false, imageOps: false };
  const kept = { createOnlyTickets: true, createOnlyPut: true, publicUrls: access === 'public' };
  const cases = storageCasesFor({ ...capabilities, ...kept });

  it('says what it can', () => {
    expect(served.store.capabilities).toEqual({ ...capabilities, ...kept });
  });

  it.each(cases.map((each) => [each.name, each] as const))('%s', (_, each) => each.run(served.store, tools));

  it('leaves nothing behind in the end', async () => {
    expect(await served.unfinished()).toEqual([]);
    expect(STORAGE_CASES.length - cases.length).toBeLessThanOrEqual(4);
  });
});
