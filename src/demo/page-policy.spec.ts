import type { ObjectStorage } from '../storage/object-storage.interface';
import { pagePolicy, storeOrigins } from './page-policy';

/** A store that has to be asked where uploads go. */
function storeAt(upload: Promise<string>): ObjectStorage {
  const known = ['https://cdn.example.org'];
  return {
    origins: () => known,
    createUploadTicket: () => upload.then((url) => ({ url })),
  } as unknown as ObjectStorage;
}

describe('The page may reach', () => {
  it('the store, also where only a ticket says where uploads go', async () => {
    const origins = await storeOrigins(storeAt(Promise.resolve('https://up.example.org/upload')));
    expect(origins).toEqual(['https://cdn.example.org', 'https://up.example.org']);
  });

  it('what is known of a store that does not answer', async () => {
    const origins = await storeOrigins(storeAt(Promise.reject(new Error('down'))));
    expect(origins).toEqual(['https://cdn.example.org']);
  });

  it('nothing else', () => {
    const policy = pagePolicy(['https://up.example.org']);
    expect(policy).toContain("default-src 'none'; script-src 'self'; style-src 'self'; ");
    expect(policy).toContain(
      "connect-src 'self' https://up.example.org; img-src 'self' https://up.example.org; ",
    );
    expect(policy).not.toMatch(/unsafe|\*|data:/);
  });
});
