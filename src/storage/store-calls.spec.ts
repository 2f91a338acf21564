import type { ObjectStorage } from './object-storage.interface';
import { StorageError } from './storage.error';
import { type StoreCall, tellCalls } from './store-calls';

/** A store of one key that copies by its own `stat`, and knows more than the interface. */
class SampleDriver {
  readonly name = 'sample';
  private readonly key = 'a';
  fault?: Error;

  async stat(key: string) {
    await this.answer();
    return key === this.key ? { key } : undefined;
  }
  async copy(from: string) {
    if (!(await this.stat(from))) throw new StorageError('not-found', 'no such object');
  }
  async put(_key: string, _body: Buffer, _options: { signal?: AbortSignal }) {
    await this.answer();
  }
  publicUrl(key: string) {
    return `https://example.com/${this.key}/${key}`;
  }
  private answer() {
    return this.fault ? Promise.reject(this.fault) : Promise.resolve();
  }
}

describe('The calls of a store', () => {
  let calls: StoreCall[];
  let driver: SampleDriver;
  let store: ObjectStorage & SampleDriver;

  beforeEach(() => {
    calls = [];
    driver = new SampleDriver();
    store = tellCalls('avatars', driver as unknown as ObjectStorage & SampleDriver, (call) =>
      calls.push(call),
    );
  });
  const told = () => calls.map(({ operation, fault }) => `${operation} ${fault ?? 'ok'}`);

  it('are told once each, by the name of the store, when it has answered', async () => {
    await store.stat('a');
    await store.stat('nothing there');
    await store.copy('a');
    expect(told()).toEqual(['stat ok', 'stat ok', 'copy ok']);
    expect(calls.every(({ store: name, durationMs }) => name === 'avatars' && durationMs >= 0)).toBe(true);
  });

  it('are told with what went wrong, which the caller meets as before', async () => {
    await expect(store.copy('b')).rejects.toThrow(StorageError);
    driver.fault = new StorageError('denied', 'wrong key');
    await expect(store.stat('a')).rejects.toBe(driver.fault);
    driver.fault = new TypeError('Not an object key');
    await expect(store.stat('a')).rejects.toBe(driver.fault);
    expect(told()).toEqual(['copy not-found', 'stat denied', 'stat internal']);
  });

  it('that were given up tell whether somebody changed their mind or the store took too long', async () => {
    driver.fault = new StorageError('aborted', 'given up');
    const put = (signal?: AbortSignal) =>
      store.put('a', Buffer.alloc(0), { signal } as never).catch(() => {});
    await put(AbortSignal.abort());
    await put(AbortSignal.abort(new DOMException('too long', 'TimeoutError')));
    await put();
    expect(told()).toEqual(['put aborted', 'put timeout', 'put aborted']);
  });

  it('leave the store what it is', () => {
    expect(store).toBeInstanceOf(SampleDriver);
    expect(store.name).toBe('sample');
    const { publicUrl } = store;
    expect(publicUrl('x')).toBe('https://example.com/a/x');
    expect(calls).toEqual([]);
  });
});
