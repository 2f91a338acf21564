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

/** All that the ledgers say of one verification. */
export interface Story {
  readonly verificationId: string;
  readonly phone: string;
  readonly requests: RequestEntry[];
  readonly messages: MessageEntry[];
  readonly attempts: AttemptEntry[];
  readonly calls: CallEntry[];
  readonly taken: TakenEntry[];
  readonly receipts: ReceiptEntry[];
}

export interface Stories {
  readonly stories: readonly Story[];
  /** Messages and calls with a code that belongs to no verification of their number. */
  readonly strays: readonly (CallEntry | TakenEntry)[];
}

/** Puts the entries together by verification: a gateway knows number and code only, and the code is derived. */
export function storiesOf(ledgers: Ledgers, { codeOf }: Pick<Terms, 'codeOf'>): Stories {
  const byId = new Map<string, Story>();
  const story = (verificationId: string, phone: string): Story => {
    const known = byId.get(verificationId);
    if (known) return known;
    const made = emptyStory(verificationId, phone);
    byId.set(verificationId, made);
    return made;
  };
  for (const request of ledgers.requests)
    if (request.verificationId) story(request.verificationId, request.phone).requests.push(request);
  const ofMessage = new Map<string, Story>();
  for (const message of ledgers.messages) {
    const about = story(message.verificationId, message.phone);
    about.messages.push(message);
    ofMessage.set(message.id, about);
  }
  for (const attempt of ledgers.attempts) ofMessage.get(attempt.messageId)?.attempts.push(attempt);

  const stories = [...byId.values()];
  const find = finder(stories, codeOf);
  const strays: (CallEntry | TakenEntry)[] = [];
  for (const call of ledgers.calls) (find(call.phone, call.numbers)?.calls ?? strays).push(call);
  for (const taken of ledgers.taken) (find(taken.phone, [taken.code])?.taken ?? strays).push(taken);
  for (const receipt of ledgers.receipts) find(receipt.phone, [receipt.code])?.receipts.push(receipt);
  return { stories, strays };
}

function emptyStory(verificationId: string, phone: string): Story {
  const nothing = { requests: [], messages: [], attempts: [], calls: [], taken: [], receipts: [] };
  return { verificationId, phone, ...nothing };
}

function finder(stories: readonly Story[], codeOf: Terms['codeOf']) {
  const byPhone = new Map<string, { story: Story; code: string }[]>();
  for (const story of stories) {
    const known = byPhone.get(story.phone) ?? [];
    byPhone.set(story.phone, [...known, { story, code: codeOf(story.verificationId) }]);
  }
  return (phone: string, numbers: readonly string[]): Story | undefined =>
    byPhone.get(phone)?.find(({ code }) => numbers.includes(code))?.story;
}

/** Requests that were promised a message. */
export function acceptedSends({ requests }: Story): RequestEntry[] {
  return requests.filter(({ kind, status }) => status === 202 && (kind === 'start' || kind === 'resend'));
}

/** Messages that a gateway took beyond one for each row of the outbox. */
export function extraMessages({ taken, messages }: Story): number {
  return Math.max(0, taken.length - messages.length);
}
