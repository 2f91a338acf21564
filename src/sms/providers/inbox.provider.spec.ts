import type { Phone } from '../../common/phone';
import { canonicalPhone } from '../../common/phone';
import type { OutgoingMessage, SmsOutcome } from '../sms-provider.interface';
import { InboxSmsProvider } from './inbox.provider';

const inbox = new InboxSmsProvider(20);
const message = (phone: string): OutgoingMessage => ({
  id: '019aa3c4-7d60-7c3e-9a55-0d6f3f1f8a10',
  phone: phone as Phone,
  channel: 'sms',
  purpose: 'login',
  locale: 'zh',
  values: {},
});

describe('the inbox', () => {
  it.each<[string, string, Partial<SmsOutcome>]>([
    ['takes every message', '+8613800138000', { kind: 'accepted' }],
    ['plays a bad number', '+8619000000001', { kind: 'refused', refusal: 'C' }],
    ["plays a number's limit", '+8619000000002', { kind: 'refused', refusal: 'L' }],
    ['plays a blacklisted number', '+8619000000003', { kind: 'refused', refusal: 'K' }],
    ['plays an empty balance', '+8619000000004', { kind: 'refused', refusal: 'B' }],
    ['plays a refused signature', '+8619000000005', { kind: 'refused', refusal: 'G' }],
    ['plays a busy gateway', '+8619000000006', { kind: 'refused', refusal: 'R' }],
    ['plays a gateway that never answers', '+8619000000007', { kind: 'unknown', reason: 'timeout' }],
    ['plays a lost answer', '+8619000000009', { kind: 'unknown', reason: 'cut' }],
  ])('%s (%s)', async (_, phone, outcome) => {
    expect(await inbox.send(message(phone))).toMatchObject(outcome);
    // A client under development can type the number in.
    expect(canonicalPhone(phone, ['CN'])).toEqual({ phone });
  });

  it('knows later that the message with the lost answer was delivered, and of no other', async () => {
    const asked = { id: 'x', sentAt: new Date() };
    expect(await inbox.query({ ...asked, phone: '+8619000000009' as Phone })).toMatchObject({
      status: 'delivered',
    });
    expect(await inbox.query({ ...asked, phone: '+8613800138000' as Phone })).toBeUndefined();
  });
});
