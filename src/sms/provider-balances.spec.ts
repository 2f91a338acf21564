import { ProviderBalances } from './provider-balances';
import type { Balance, SmsProvider } from './sms-provider.interface';

const MINUTE_MS = 60_000;

/** A gateway whose account answers what the test says. */
function account(balance?: () => Promise<Balance | undefined>) {
  const ask = balance && jest.fn(balance);
  const provider = { name: 'acme', channels: new Set(['sms']), balance: ask } as unknown as SmsProvider;
  return { provider, ask };
}

const messages = (left: number): Balance => ({ left, unit: 'messages' });

describe('ProviderBalances', () => {
  beforeEach(() => jest.useFakeTimers());
  afterEach(() => jest.useRealTimers());

  it('asks an account once a minute, however often somebody looks', async () => {
    let left = 100;
    const { provider, ask } = account(() => Promise.resolve(messages(left)));
    const balances = new ProviderBalances();
    expect(await balances.of(provider)).toMatchObject({ left: 100, unit: 'messages', at: new Date() });
    left = 90;
    await jest.advanceTimersByTimeAsync(MINUTE_MS - 1);
    expect(await balances.of(provider)).toMatchObject({ left: 100 });
    await jest.advanceTimersByTimeAsync(1);
    expect(await balances.of(provider)).toMatchObject({ left: 90 });
    expect(ask).toHaveBeenCalledTimes(2);
  });

  it('does not let a slow account hold up who looks, and shows what it said the next time', async () => {
    let answer: (balance: Balance) => void = () => undefined;
    const { provider } = account(() => new Promise((resolve) => (answer = resolve)));
    const balances = new ProviderBalances();
    const first = balances.of(provider);
    await jest.advanceTimersByTimeAsync(1_000);
    expect(await first).toBeUndefined();
    answer(messages(7));
    expect(await balances.of(provider)).toMatchObject({ left: 7 });
  });

  it.each([
    ['has no such question', undefined],
    ['does not say', () => Promise.resolve(undefined)],
    ['refuses', () => Promise.reject(new Error('no credentials'))],
  ])('knows nothing of a gateway that %s', async (_, balance) => {
    expect(await new ProviderBalances().of(account(balance).provider)).toBeUndefined();
  });

  it('forgets what an account no longer says', async () => {
    const answers = [Promise.resolve(messages(5)), Promise.reject(new Error('closed'))];
    answers[1].catch(() => undefined);
    const { provider } = account(() => answers.shift()!);
    const balances = new ProviderBalances();
    expect(await balances.of(provider)).toMatchObject({ left: 5 });
    await jest.advanceTimersByTimeAsync(MINUTE_MS);
    expect(await balances.of(provider)).toBeUndefined();
  });
});
