import type { Phone } from '../../common/phone';
import { faultOf } from '../next-step';
import type { OutgoingMessage, SmsOutcome } from '../sms-provider.interface';
import { openForAll, outcomeOfCall, sameForAll, sendByHalves, sendTogether } from './vendor-batch';

const taken: SmsOutcome = { kind: 'accepted', vendorCode: '0' };
const blacklisted: SmsOutcome = { kind: 'refused', refusal: 'K', vendorCode: '160034' };
const number = (n: number) => String(13_800_138_000 + n);
const numbers = (count: number) => Array.from({ length: count }, (_, n) => number(n));

const message = (phone: string): OutgoingMessage => ({
  id: '018f0000-0000-7000-8000-000000000001',
  phone: phone as Phone,
  channel: 'sms',
  purpose: 'notice',
  locale: 'zh',
  values: {},
});

describe('sendTogether', () => {
  it('sends to each mainland number once, and answers for every message in its order', async () => {
    const sent: string[][] = [];
    const batch = ['+85251234567', '+8613800138000', '+8613800138001', '+8613800138000'].map(message);
    const outcomes = await sendTogether(batch, 10, (to) => {
      sent.push(to);
      return Promise.resolve(sameForAll(to, taken));
    });
    expect(sent).toEqual([[number(0), number(1)]]);
    expect(outcomes).toEqual([expect.objectContaining({ refusal: 'C' }), taken, taken, taken]);
  });

  it('calls nobody for nobody', async () => {
    const send = jest.fn();
    expect(await sendTogether([], 10, send)).toEqual([]);
    expect(await sendTogether([message('+85251234567')], 10, send)).toMatchObject([{ refusal: 'C' }]);
    expect(send).not.toHaveBeenCalled();
  });

  it('takes no more than the gateway does', async () => {
    const send = (to: string[]) => Promise.resolve(sameForAll(to, taken));
    const batch = numbers(11).map((to) => message(`+86${to}`));
    await expect(sendTogether(batch, 10, send)).rejects.toBeInstanceOf(RangeError);
  });
});

describe('outcomeOfCall', () => {
  const noMoney: SmsOutcome = { kind: 'refused', refusal: 'B', vendorCode: '-20' };
  const lost: SmsOutcome = { kind: 'unknown', reason: 'timeout' };

  it.each<[string, SmsOutcome[], SmsOutcome]>([
    ['trouble before all else', [taken, blacklisted, noMoney], noMoney],
    ['a lost call', [lost, lost], lost],
    ['what there is, without trouble', [blacklisted, taken], blacklisted],
  ])('tells %s', (_, outcomes, told) => {
    expect(outcomeOfCall(outcomes)).toEqual(told);
  });

  it('holds nothing against a gateway that refused many for the sake of one', () => {
    const open = openForAll(blacklisted);
    expect(open).toEqual({ kind: 'unknown', reason: 'vendor', vendorCode: 'BATCH_160034' });
    expect(faultOf(open)).toBe('transport');
    expect(faultOf(outcomeOfCall([open, open]))).toBeUndefined();
  });
});

describe('sendByHalves', () => {
  /** A vendor that refuses a whole call because of one number, and does not say which. */
  function vendor(...blocked: string[]) {
    const calls: number[] = [];
    const send = (to: readonly string[], call: number) => {
      calls.push(call);
      return Promise.resolve(to.some((each) => blocked.includes(each)) ? blacklisted : taken);
    };
    return { calls, send };
  }

  it('needs one call when all is well', async () => {
    const { calls, send } = vendor();
    expect(await sendByHalves(numbers(100), 32, send)).toEqual(sameForAll(numbers(100), taken));
    expect(calls).toEqual([1]);
  });

  it('finds the one that was meant', async () => {
    const { calls, send } = vendor(number(63));
    const outcomes = await sendByHalves(numbers(100), 32, send);
    const refused = [...outcomes].filter(([, outcome]) => outcome.kind === 'refused').map(([to]) => to);
    expect(refused).toEqual([number(63)]);
    expect(outcomes.size).toBe(100);
    expect(calls).toEqual(calls.map((_, place) => place + 1));
  });

  it('ends when its calls are used up, with an outcome for each', async () => {
    const { calls, send } = vendor(...numbers(100));
    const outcomes = await sendByHalves(numbers(100), 32, send);
    expect(calls.length).toBeLessThanOrEqual(32);
    expect(outcomes).toEqual(sameForAll(numbers(100), blacklisted));
  });

  it.each<[string, SmsOutcome]>([
    ['the account', { kind: 'refused', refusal: 'B', vendorCode: '111142' }],
    ['nothing at all', { kind: 'unknown', reason: 'timeout' }],
  ])('does not send again what was answered about %s', async (_, outcome) => {
    const send = jest.fn(() => Promise.resolve(outcome));
    expect(await sendByHalves(numbers(3), 32, send)).toEqual(sameForAll(numbers(3), outcome));
    expect(send).toHaveBeenCalledTimes(1);
  });
});
