import type { MessageState } from './message.entity';
import { type Candidate, matchReceipt, matchReceipts, type ReceiptKeys } from './receipt-match';

const OURS = Buffer.from('our number');
const OTHERS = Buffer.from('another number');

const receipt = (changes: Partial<ReceiptKeys> = {}): ReceiptKeys => ({
  provider: 'tencent',
  provider_message_id: 'sid-1',
  message_id: null,
  phone_index: OURS,
  ...changes,
});

const call = (changes: Partial<Candidate> = {}): Candidate => ({
  id: 'message-1',
  state: 'accepted',
  phone_index: OURS,
  provider: 'tencent',
  provider_message_id: 'sid-1',
  outcome: 'accepted',
  ...changes,
});

/** A call whose answer was lost: no id came back. */
const lost = (changes: Partial<Candidate> = {}) =>
  call({ state: 'unknown', outcome: 'unknown', provider_message_id: null, ...changes });

const echo = receipt({ provider_message_id: 'new', message_id: 'message-1' });

describe('matchReceipt', () => {
  it.each<[string, ReceiptKeys, Candidate[]]>([
    ["by the gateway's id", receipt(), [call()]],
    ["by the gateway's id, where no number is named", receipt({ phone_index: null }), [call()]],
    [
      "by the number, of many that share the gateway's id",
      receipt(),
      [call({ id: 'message-0', phone_index: OTHERS }), call()],
    ],
    [
      'by the call that it is about, of several',
      receipt(),
      [call({ provider: 'ronglian', provider_message_id: 'x' }), call()],
    ],
    ['that was refused, so that it waits no longer', receipt(), [call({ state: 'refused' })]],
    ['by its echo', echo, [lost()]],
    [
      'by its echo, whose caller died before it said whom it called',
      echo,
      [lost({ provider: '?', phone_index: OURS })],
    ],
    ['by its number, when the answer was lost', receipt(), [lost()]],
    ['by its number, the newest of two', receipt(), [lost({ id: 'message-0' }), lost()]],
    ['by its number, whatever else was sent there', receipt(), [call({ provider_message_id: 'x' }), lost()]],
  ])('finds a message %s', (_, given, candidates) => {
    expect(matchReceipt(given, candidates)).toEqual({ messageId: 'message-1' });
  });

  it.each<[string, string, ReceiptKeys, Candidate[]]>([
    ['unmatched', 'that nobody knows', receipt(), []],
    ['unmatched', 'of another gateway', receipt({ provider: 'ronglian' }), [call()]],
    [
      'unmatched',
      'whose echo names a message that went through another gateway',
      { ...echo, provider: 'luosimao' },
      [lost()],
    ],
    [
      'unmatched',
      'to a number whose messages all had an answer',
      receipt(),
      [call({ provider_message_id: 'x' })],
    ],
    ['unmatched', 'without a number', receipt({ phone_index: null }), [lost()]],
    [
      'unmatched',
      'of another gateway than the one that did not answer',
      receipt({ provider: 'luosimao' }),
      [lost()],
    ],
    ['unmatched', 'for a message that is known by now', receipt(), [lost({ state: 'delivered' })]],
    ['elsewhere', 'whose number is not that of the message', receipt(), [call({ phone_index: OTHERS })]],
    ['elsewhere', 'whose echo names the message of another number', echo, [lost({ phone_index: OTHERS })]],
    [
      'ambiguous',
      'without a number, when many share the id',
      receipt({ phone_index: null }),
      [call(), call({ id: 'message-2' })],
    ],
    [
      'early',
      'whose echo names a message that is being sent',
      echo,
      [call({ state: 'calling', provider: null })],
    ],
    ['early', 'to a number that something is being sent to', receipt(), [lost(), lost({ state: 'calling' })]],
    ['early', 'of a message that is sent through the next gateway', receipt(), [call({ state: 'queued' })]],
  ])('lets wait as %s one %s', (waits, _, given, candidates) => {
    expect(matchReceipt(given, candidates)).toEqual({ waits });
  });

  it.each<[MessageState]>([
    ['accepted'],
    ['unknown'],
    ['delivered'],
    ['undelivered'],
    ['expired'],
    ['withheld'],
  ])('leaves it to others what becomes of one that is %s', (state) => {
    expect(matchReceipt(receipt(), [call({ state })])).toEqual({ messageId: 'message-1' });
  });
});

describe('matchReceipts', () => {
  it('gives each of two lost messages to one number a receipt of its own', () => {
    const candidates = [lost({ id: 'message-1' }), lost({ id: 'message-2' })];
    const receipts = [receipt({ provider_message_id: 'sid-8' }), receipt({ provider_message_id: 'sid-9' })];
    expect(matchReceipts(receipts, candidates)).toEqual([
      { messageId: 'message-2' },
      { messageId: 'message-1' },
    ]);
  });

  it('leaves a lost message to the receipt that names it, whichever comes first', () => {
    const candidates = [lost({ id: 'message-1' }), lost({ id: 'message-2' })];
    const byNumber = receipt({ provider_message_id: 'sid-8' });
    const byOurId = receipt({ provider_message_id: 'sid-9', message_id: 'message-2' });
    expect(matchReceipts([byNumber, byOurId], candidates)).toEqual([
      { messageId: 'message-1' },
      { messageId: 'message-2' },
    ]);
    // Ours was looked for first, and the other's number only then.
    const spokenFor = new Map([['message-2', 'sid-9']]);
    expect(matchReceipts([byNumber], candidates, spokenFor)).toEqual([{ messageId: 'message-1' }]);
  });

  it('takes what comes twice of one lost message for the same', () => {
    const candidates = [lost({ id: 'message-1' }), lost({ id: 'message-2' })];
    expect(matchReceipts([receipt(), receipt()], candidates)).toEqual([
      { messageId: 'message-2' },
      { messageId: 'message-2' },
    ]);
  });

  it('finds the same as each alone would, each its own', () => {
    const candidates = [
      lost({ id: 'message-3', phone_index: OTHERS }),
      call({ id: 'message-2', provider_message_id: 'sid-2', phone_index: OTHERS }),
      call(),
    ];
    const receipts = [
      receipt(),
      receipt({ provider_message_id: 'sid-2' }),
      receipt({ provider_message_id: 'sid-2', phone_index: OTHERS }),
      receipt({ provider_message_id: 'sid-3', phone_index: OTHERS }),
      receipt({ provider_message_id: 'sid-3', phone_index: null, message_id: 'message-3' }),
      receipt({ provider_message_id: null, phone_index: null }),
    ];
    const matches = matchReceipts(receipts, candidates);
    expect(matches).toEqual(receipts.map((each) => matchReceipt(each, candidates)));
    expect(matches).toEqual([
      { messageId: 'message-1' },
      { waits: 'elsewhere' },
      { messageId: 'message-2' },
      { messageId: 'message-3' },
      { messageId: 'message-3' },
      { waits: 'unmatched' },
    ]);
  });
});
