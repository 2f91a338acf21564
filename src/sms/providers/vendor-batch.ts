import { faultOf } from '../next-step';
import type { OutgoingMessage, RefusalClass, SmsOutcome } from '../sms-provider.interface';
import { refusedHere } from './vendor-outcome';
import { mainlandNumber } from './vendor-params';

type Outcomes = ReadonlyMap<string, SmsOutcome>;

/**
 * Sends a batch through a gateway of mainland numbers.
 * @param send takes distinct numbers of 11 digits, at least one, and tells what became of each
 * @returns one outcome for each message, in their order
 * @throws {RangeError} when there are more messages than the gateway takes
 */
export async function sendTogether(
  messages: readonly OutgoingMessage[],
  limit: number,
  send: (to: string[]) => Promise<Outcomes>,
): Promise<SmsOutcome[]> {
  if (messages.length > limit) throw new RangeError(`A batch has at most ${limit} messages`);
  const numbers = messages.map(({ phone, channel }) =>
    channel === 'sms' ? mainlandNumber(phone) : undefined,
  );
  const to = [...new Set(numbers.filter((number) => number !== undefined))];
  const outcomes = to.length > 0 ? await send(to) : undefined;
  return numbers.map(
    (number) =>
      (number && outcomes?.get(number)) ||
      refusedHere('C', 'NUMBER', 'A batch goes by text message to mainland China mobile numbers only'),
  );
}

export function sameForAll(to: readonly string[], outcome: SmsOutcome): Outcomes {
  return new Map(to.map((number) => [number, outcome]));
}

const OF_ONE_NUMBER: ReadonlySet<RefusalClass> = new Set<RefusalClass>(['L', 'C', 'K']);

/** Whether an answer speaks of one number, so that an answer to many leaves open which one. */
export function isOfOneNumber(outcome: SmsOutcome): boolean {
  return outcome.kind === 'refused' && OF_ONE_NUMBER.has(outcome.refusal);
}

/** Marks the code of an answer that spoke of one number, given to all numbers of a call. */
const OF_MANY = 'BATCH_';

/** A refusal of one number that the vendor does not name: what became of the others, nobody says. */
export function openForAll({ vendorCode }: SmsOutcome): SmsOutcome {
  return { kind: 'unknown', reason: 'vendor', vendorCode: `${OF_MANY}${vendorCode}` };
}

/** What the outcomes of one call say of the gateway itself: its trouble goes before anything about a number. */
export function outcomeOfCall(outcomes: readonly SmsOutcome[]): SmsOutcome {
  const told = outcomes.filter(({ vendorCode }) => !vendorCode?.startsWith(OF_MANY));
  // The gateway is well: one of the numbers was not.
  const ofANumber = { kind: 'refused', refusal: 'C', vendorCode: `${OF_MANY}REFUSED` } as const;
  return told.find(faultOf) ?? told[0] ?? ofANumber;
}

/**
 * Sends to many numbers at once; where the vendor refuses because of one it does not name, sends to the halves.
 * @param send one call; `call` counts them from 1
 * @param mostCalls when they are used up, the rest shares the refusal of its group
 */
export async function sendByHalves(
  to: readonly string[],
  mostCalls: number,
  send: (to: readonly string[], call: number) => Promise<SmsOutcome>,
): Promise<Outcomes> {
  const outcomes = new Map<string, SmsOutcome>();
  const waiting = [to];
  let calls = 0;
  for (let group = waiting.shift(); group; group = waiting.shift()) {
    const outcome = await send(group, ++calls);
    if (group.length > 1 && isOfOneNumber(outcome) && calls + waiting.length + 2 <= mostCalls) {
      const middle = Math.ceil(group.length / 2);
      waiting.push(group.slice(0, middle), group.slice(middle));
    } else {
      for (const number of group) outcomes.set(number, outcome);
    }
  }
  return outcomes;
}
