import type { SmsAttempt } from './attempt.entity';
import type { SmsMessage } from './message.entity';
import type { SmsReceipt } from './receipt.entity';
import { type MessageFile, timelineOf } from './timeline';

const at = (second: number): Date => new Date(Date.UTC(2026, 10, 21, 8, 0, second));

const message = (members: Partial<SmsMessage> = {}): SmsMessage =>
  ({
    state: 'delivered',
    createdAt: at(1),
    settledAt: at(4),
    approvedAt: null,
    requestId: 'request-1',
    reroutedFrom: null,
    avoid: null,
    admission: { at: at(0).getTime(), hour: 1, day: 2, captchaPassed: true },
    ...members,
  }) as SmsMessage;

const attempt = (members: Partial<SmsAttempt>): SmsAttempt =>
  ({
    number: 1,
    provider: 'tencent',
    outcome: 'accepted',
    refusal: null,
    vendorText: null,
    startedAt: at(2),
    finishedAt: new Date(at(2).getTime() + 250),
    ...members,
  }) as SmsAttempt;

const receipt = (members: Partial<SmsReceipt>): SmsReceipt =>
  ({
    provider: 'tencent',
    status: 'delivered',
    vendorCode: 'DELIVRD',
    receivedAt: at(6),
    reportedAt: null,
    ...members,
  }) as SmsReceipt;

const told = (file: Partial<MessageFile>) =>
  timelineOf({ message: message(), attempts: [], receipts: [], history: [], successors: [], ...file });
const steps = (file: Partial<MessageFile>) => told(file).map(({ what }) => what);

describe('the timeline of a message', () => {
  it('goes from its admission to its approval, in the order of time', () => {
    expect(
      steps({
        message: message({ approvedAt: at(9) }),
        receipts: [receipt({})],
        attempts: [attempt({ number: 2, startedAt: at(4) }), attempt({ outcome: 'refused', refusal: 'B' })],
        history: [
          { at: at(8), what: 'verified' },
          { at: at(7), what: 'check.mismatch' },
        ],
      }),
    ).toEqual([
      'admitted',
      'queued',
      'attempt',
      'attempt',
      'receipt',
      'check.mismatch',
      'verified',
      'approved',
    ]);
  });

  it('begins with the counts of the admission, whatever the clocks of the stores say', () => {
    const [admitted, queued] = told({
      message: message({ createdAt: at(0), admission: { at: at(1).getTime(), hour: 3 } }),
    });
    expect(admitted).toEqual({ at: at(1), what: 'admitted', detail: { requestId: 'request-1', hour: 3 } });
    expect(queued).toEqual({ at: at(0), what: 'queued', detail: { avoid: null } });
  });

  it('says of a call what the gateway said, and what we make of it', () => {
    const [, , call] = told({
      attempts: [
        attempt({
          outcome: 'refused',
          refusal: 'B',
          vendorCode: '111142',
          vendorText: 'no money for 13800138000',
        }),
      ],
    });
    expect(call.detail).toMatchObject({
      outcome: 'refused',
      refusal: 'B',
      reading: 'the account has no balance left',
      vendorCode: '111142',
      vendorText: 'no money for 138****8000',
      durationMs: 250,
    });
  });

  it('says of a call without an answer that nobody knows', () => {
    const [, , call] = told({ attempts: [attempt({ outcome: 'unknown', vendorCode: 'timeout' })] });
    expect(call.detail.reading).toMatch(/nobody knows/);
  });

  it('names the message that it took the place of, and the one that took its', () => {
    expect(told({ message: message({ reroutedFrom: 'old', avoid: ['tencent'] }) }).slice(0, 2)).toEqual([
      { at: at(1), what: 'rerouted', detail: { from: 'old' } },
      { at: at(1), what: 'queued', detail: { avoid: 'tencent' } },
    ]);
    expect(told({ successors: [{ id: 'new', createdAt: at(5) }] }).at(-1)).toEqual({
      at: at(5),
      what: 'rerouted',
      detail: { to: 'new' },
    });
  });

  it.each(['refused', 'withheld', 'expired'] as const)('ends with being %s', (state) => {
    expect(told({ message: message({ state }) }).at(-1)).toEqual({
      at: at(4),
      what: 'settled',
      detail: { state },
    });
  });
});
