import { randomBytes } from 'node:crypto';
import { Logger } from '@nestjs/common';
import type { DataSource } from 'typeorm';
import type { Phone } from '../common/phone';
import { PhoneVault } from '../common/phone-vault';
import { Secrets } from '../common/secrets';
import type { ReceiptsService } from './receipts.service';
import type { Receipt, SmsProvider } from './sms-provider.interface';
import { UnknownSettler } from './unknown-settler';

const PHONE = '+8613800138000' as Phone;
const vault = new PhoneVault(new Secrets(randomBytes(32)));

beforeAll(() => void jest.spyOn(Logger.prototype, 'warn').mockImplementation());
afterAll(() => jest.restoreAllMocks());

/** A table that always holds these messages, unless they are left out by name. */
function settlerOf(ids: string[], providers: Partial<SmsProvider>[]) {
  const taken: Receipt[][] = [];
  const asked: unknown[][] = [];
  const query = ({ values }: { values: unknown[] }) => {
    asked.push(values);
    const rows = ids
      .filter((id) => !(values[3] as string[]).includes(id))
      .map((id) => ({
        id,
        phone_ciphertext: vault.store(PHONE).ciphertext,
        provider: 'tencent',
        provider_message_id: null,
        started_at: new Date(0),
      }));
    return Promise.resolve({ rows: rows.slice(0, values[4] as number) });
  };
  const dataSource = { driver: { master: { query } } } as unknown as DataSource;
  const receipts = {
    take: (given: Receipt[]) => Promise.resolve(taken.push(given)),
  } as unknown as ReceiptsService;
  return {
    settler: new UnknownSettler(dataSource, vault, receipts, providers as SmsProvider[]),
    taken,
    asked,
  };
}

const delivered: Receipt = {
  provider: 'tencent',
  providerMessageId: '5000:1',
  status: 'delivered',
  vendorCode: 'DELIVRD',
};

describe('UnknownSettler', () => {
  it('asks with what is known of the message, and hands on what comes back as its own', async () => {
    const query = jest.fn().mockResolvedValue(delivered);
    const { settler, taken } = settlerOf(['message-1'], [{ name: 'tencent', query }]);
    await settler.settle();
    expect(query).toHaveBeenCalledWith({ id: 'message-1', phone: PHONE, sentAt: new Date(0) });
    expect(taken).toEqual([[{ ...delivered, messageId: 'message-1' }]]);
  });

  it('does not even look when no gateway can be asked', async () => {
    const { settler, asked } = settlerOf(['message-1'], [{ name: 'luosimao' }]);
    await settler.settle();
    expect(asked).toEqual([]);
  });

  it('goes on with the others when one cannot be asked after, and comes back to it later', async () => {
    const query = jest.fn().mockImplementation(({ id }: { id: string }) => {
      if (id === 'message-1') return Promise.reject(new Error('no answer'));
      return Promise.resolve(delivered);
    });
    const { settler, taken } = settlerOf(['message-1', 'message-2'], [{ name: 'tencent', query }]);
    await settler.settle(0);
    expect(taken).toHaveLength(1);
    await settler.settle(14_000);
    expect(query).toHaveBeenCalledTimes(2);
    await settler.settle(15_000);
    expect(query).toHaveBeenCalledTimes(4);
  });

  it('asks after twenty at a time, each in its turn', async () => {
    const query = jest.fn().mockResolvedValue(undefined);
    const ids = Array.from({ length: 50 }, (_, turn) => `message-${turn}`);
    const { settler } = settlerOf(ids, [{ name: 'tencent', query }]);
    for (const [round, calls] of [20, 40, 50, 50].entries()) {
      await settler.settle(round * 1_000);
      expect(query).toHaveBeenCalledTimes(calls);
    }
  });

  it('shares a round that is under way', async () => {
    const query = jest.fn().mockResolvedValue(undefined);
    const { settler, asked } = settlerOf(['message-1'], [{ name: 'tencent', query }]);
    await Promise.all([settler.settle(), settler.settle()]);
    expect([asked.length, query.mock.calls.length]).toEqual([1, 1]);
  });
});
