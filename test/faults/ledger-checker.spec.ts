import type {
  AttemptEntry,
  CallEntry,
  Ledgers,
  MessageEntry,
  ReceiptEntry,
  RequestEntry,
  TakenEntry,
  Terms,
} from './ledger';
import { checkLedgers } from './ledger-checker';
import { lineOf } from './ledger-line';

const PHONE = '+8613911110001';
const HOUR = 3_600_000;
const codes: Record<string, string> = { v1: '111111', v2: '222222', v3: '333333', v4: '444444' };

const terms: Terms = {
  codeOf: (verificationId) => codes[verificationId] ?? '999999',
  cooldownMs: 60_000,
  hourLimit: 2,
  dayLimit: 3,
  addressLimit: 2,
  segmentLimit: 3,
  budget: 4,
  answerMs: 3_000,
  forgottenAt: [],
  losesAnswers: false,
  storesRefused: false,
};

const request = (changes: Partial<RequestEntry> = {}): RequestEntry => ({
  at: 0,
  ms: 20,
  instance: 0,
  kind: 'start',
  phone: PHONE,
  address: `10.0.0.${changes.verificationId ?? ''}`,
  verificationId: 'v1',
  status: 202,
  isProblem: false,
  ...changes,
});
const message = (changes: Partial<MessageEntry> = {}): MessageEntry => ({
  id: 'm1',
  verificationId: 'v1',
  phone: PHONE,
  state: 'accepted',
  refusal: null,
  reroutedFrom: null,
  admittedAt: changes.createdAt ?? 0,
  createdAt: 0,
  ...changes,
});
const attempt = (changes: Partial<AttemptEntry> = {}): AttemptEntry => ({
  messageId: 'm1',
  provider: 'tencent',
  outcome: 'accepted',
  vendorCode: 'Ok',
  ...changes,
});
const call = (changes: Partial<CallEntry> = {}): CallEntry => ({
  vendor: 'tencent',
  at: 30,
  phone: PHONE,
  numbers: ['140000', '111111'],
  ...changes,
});
const taken = (changes: Partial<TakenEntry> = {}): TakenEntry => ({
  vendor: 'tencent',
  at: 30,
  phone: PHONE,
  code: '111111',
  ...changes,
});
const receipt = (changes: Partial<ReceiptEntry> = {}): ReceiptEntry => ({
  vendor: 'tencent',
  phone: PHONE,
  code: '111111',
  fate: 'delivered',
  isAcknowledged: true,
  ...changes,
});
const bought = (changes: Partial<RequestEntry> = {}) =>
  request({ kind: 'login', status: 201, right: true, at: 100, ...changes });
const crash = attempt({ provider: '?', outcome: 'unknown', vendorCode: 'crash' });

/** One verification that went well, and whatever else is said of it. */
const ledgers = (more: Partial<Ledgers> = {}): Ledgers => ({
  requests: [request(), bought(), ...(more.requests ?? [])],
  calls: [call(), ...(more.calls ?? [])],
  taken: [taken(), ...(more.taken ?? [])],
  messages: [message(), ...(more.messages ?? [])],
  attempts: [attempt(), ...(more.attempts ?? [])],
  receipts: more.receipts ?? [],
});
/** The first message was not delivered, and these took its place. */
const rerouted = (...each: Partial<MessageEntry>[]): Ledgers =>
  ledgers({ messages: each.map((changes) => message({ reroutedFrom: 'm1', createdAt: 1_000, ...changes })) });
/** Verifications with a message each, for one number unless it says otherwise. */
const sends = (...each: { id: string; at: number; phone?: string; address?: string }[]): Ledgers => ({
  requests: each.map(({ id, at, ...who }) => request({ verificationId: id, at, ...who })),
  messages: each.map(({ id, at, phone = PHONE }) =>
    message({ id: `m-${id}`, verificationId: id, createdAt: at, phone }),
  ),
  attempts: each.map(({ id }) => attempt({ messageId: `m-${id}` })),
  calls: each.map(({ id, at, phone = PHONE }) => call({ at, phone, numbers: [codes[id]] })),
  taken: each.map(({ id, at, phone = PHONE }) => taken({ at, phone, code: codes[id] })),
  receipts: [],
});
const rules = (given: Ledgers, changes: Partial<Terms> = {}) => [
  ...new Set(checkLedgers(given, { ...terms, ...changes }).map(({ rule }) => rule)),
];

const [one, two, three, four] = Array.from({ length: 4 }, (_, index) => `+861390000${index}001`);

describe('the ledger checker finds nothing in', () => {
  it.each<[string, Ledgers, Partial<Terms>?]>([
    ['a run that went well', ledgers()],
    [
      'a crash after the call, whose message is unknown',
      {
        ...ledgers(),
        messages: [message({ state: 'unknown' })],
        attempts: [crash],
      },
    ],
    [
      'a fail-over after a refusal',
      ledgers({
        calls: [call({ vendor: 'ronglian' })],
        attempts: [attempt({ provider: 'ronglian', outcome: 'refused', vendorCode: '160038' })],
      }),
    ],
    ['sends as many and as often as the limits allow', sends({ id: 'v1', at: 0 }, { id: 'v2', at: 60_000 })],
    [
      'more sends once the window has passed',
      sends({ id: 'v1', at: 0 }, { id: 'v2', at: 60_000 }, { id: 'v3', at: HOUR }),
    ],
    [
      'a send right after the store forgot the last one',
      sends({ id: 'v1', at: 0 }, { id: 'v2', at: 1_000 }),
      { forgottenAt: [500] },
    ],
    [
      'a message that was refused and given back',
      {
        ...sends({ id: 'v1', at: 0 }, { id: 'v2', at: 1_000 }),
        messages: [
          message({ id: 'm-v1', state: 'refused', refusal: 'G' }),
          message({ id: 'm-v2', verificationId: 'v2', createdAt: 1_000 }),
        ],
      },
    ],
    ['a message that took the place of an undelivered one at once', rerouted({ id: 'm2' })],
    [
      'a message that was delivered, and a receipt that nobody took',
      {
        ...ledgers({ receipts: [receipt(), receipt({ isAcknowledged: false })] }),
        messages: [message({ state: 'delivered' })],
      },
    ],
    [
      'an answer that went down with its instance',
      ledgers({ requests: [request({ status: 0, verificationId: undefined })] }),
      { losesAnswers: true },
    ],
    [
      'a wrong code that was refused, and a 503 that says for how long',
      ledgers({
        requests: [
          request({ kind: 'check', right: false, status: 422, isProblem: true }),
          request({ kind: 'check', right: true, status: 503, isProblem: true, retryAfter: 1 }),
        ],
      }),
    ],
  ])('%s', (_, given, changes = {}) => {
    expect(checkLedgers(given, { ...terms, ...changes })).toEqual([]);
  });
});

describe('the ledger checker finds', () => {
  it.each<[string, string[], Ledgers, Partial<Terms>?]>([
    ['a 202 without a row', ['stored'], ledgers({ requests: [request({ kind: 'resend' })] })],
    ['a message that is still queued', ['ended'], { ...ledgers(), messages: [message({ state: 'queued' })] }],
    ['a call that never ended', ['ended'], { ...ledgers(), messages: [message({ state: 'calling' })] }],
    ['a call that nobody recorded', ['calls'], ledgers({ calls: [call()] })],
    [
      'two calls beyond the records of one crash',
      ['calls'],
      { ...ledgers({ calls: [call()] }), attempts: [crash] },
    ],
    ['a message that went out twice', ['duplicates'], ledgers({ taken: [taken()] })],
    [
      'a message that the service sent anew because its outcome was unknown',
      ['duplicates'],
      ledgers({
        taken: [taken()],
        calls: [call()],
        attempts: [attempt({ outcome: 'unknown', vendorCode: 'cut' })],
      }),
    ],
    ['another code than the derived one', ['code'], { ...ledgers(), taken: [taken({ code: '123456' })] }],
    ['a call with a code of nobody', ['code'], { ...ledgers(), calls: [call({ numbers: ['123456'] })] }],
    ['a code that went to another number', ['code'], { ...ledgers(), taken: [taken({ phone: one })] }],
    ['a message that was sent anew twice', ['reroutes'], rerouted({ id: 'm2' }, { id: 'm3' })],
    [
      'a message that was sent anew and anew again',
      ['reroutes'],
      rerouted({ id: 'm2' }, { id: 'm3', reroutedFrom: 'm2' }),
    ],
    ['a receipt that moved nothing', ['receipts'], ledgers({ receipts: [receipt()] })],
    ['a send within the cool-down', ['cool-down'], sends({ id: 'v1', at: 0 }, { id: 'v2', at: 59_999 })],
    [
      'a send too many in some hour',
      ['hour'],
      sends({ id: 'v1', at: 0 }, { id: 'v2', at: HOUR / 2 }, { id: 'v3', at: HOUR - 1 }),
    ],
    [
      'a send too many in a day, although the store forgot',
      ['day', 'gateway-day'],
      sends(
        { id: 'v1', at: 0 },
        { id: 'v2', at: HOUR },
        { id: 'v3', at: 2 * HOUR },
        { id: 'v4', at: 3 * HOUR },
      ),
      { forgottenAt: [HOUR / 2, 2.5 * HOUR], segmentLimit: 0 },
    ],
    [
      'a send too many of an address',
      ['address'],
      sends(
        { id: 'v1', at: 0, phone: one, address: '10.1.1.1' },
        { id: 'v2', at: 1, phone: two, address: '10.1.1.1' },
        { id: 'v3', at: 2, phone: three, address: '10.1.1.1' },
      ),
    ],
    [
      'a send too many in a segment',
      ['segment'],
      sends(
        ...[one, two, three, four].map((_, index) => ({
          id: `v${index + 1}`,
          at: index,
          phone: `+861390000000${index}`,
        })),
      ),
    ],
    [
      'a send beyond the budget',
      ['budget', 'gateway-budget'],
      sends(
        { id: 'v1', at: 0, phone: one },
        { id: 'v2', at: 1, phone: two },
        { id: 'v3', at: 2, phone: three },
      ),
      { budget: 2 },
    ],
    [
      'a late answer',
      ['in-time'],
      ledgers({ requests: [request({ kind: 'read', status: 200, ms: 3_001 })] }),
    ],
    [
      'a request without an answer',
      ['answered'],
      ledgers({ requests: [request({ kind: 'read', status: 0 })] }),
    ],
    [
      'a fault of the service',
      ['no-fault'],
      ledgers({ requests: [request({ kind: 'read', status: 500, isProblem: true })] }),
    ],
    [
      'an error in a form of its own',
      ['problem'],
      ledgers({ requests: [request({ kind: 'check', right: false, status: 422 })] }),
    ],
    [
      'a 503 without a wait',
      ['retry-after'],
      ledgers({ requests: [request({ kind: 'check', status: 503, isProblem: true })] }),
    ],
    [
      'a wrong code that bought',
      ['wrong-code'],
      { ...ledgers(), requests: [request(), bought({ right: false })] },
    ],
    [
      'a code that bought twice',
      ['bought-once'],
      ledgers({ requests: [bought({ kind: 'check', status: 200 })] }),
    ],
  ])('%s', (_, expected, given, changes = {}) => {
    expect(rules(given, changes)).toEqual(expected);
  });
});

describe('a message that was stored although its caller was told 503', () => {
  const given = () => {
    const both = sends({ id: 'v1', at: 0 }, { id: 'v2', at: 1_000 });
    return { ...both, requests: both.requests.slice(0, 1) };
  };

  it('is a fault', () => expect(rules(given())).toEqual(['cool-down']));
  it('is none where the database was paused', () =>
    expect(rules(given(), { storesRefused: true })).toEqual([]));
});

describe('a line of a ledger', () => {
  it('shows neither whole numbers nor codes', () => {
    const lines = [request(), message(), call(), taken()].map(lineOf).join('\n');
    expect(lines).toContain('139****0001');
    expect(lines).not.toMatch(/13911110001|111111|222222/);
  });
});
