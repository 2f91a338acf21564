import { redactText } from '../common/redaction';
import type { SmsAttempt } from './attempt.entity';
import type { HistoryEntry } from './message-source.interface';
import type { SmsMessage } from './message.entity';
import { readingOf } from './next-step';
import type { SmsReceipt } from './receipt.entity';

export type TimelineDetail = Readonly<Record<string, string | number | boolean | null>>;

/** One thing that happened to a message, or because of it. */
export interface TimelineEntry {
  readonly at: Date;
  readonly what: string;
  readonly detail: TimelineDetail;
}

/** All that is known of one message. */
export interface MessageFile {
  readonly message: SmsMessage;
  readonly attempts: readonly SmsAttempt[];
  readonly receipts: readonly SmsReceipt[];
  /** What its source knows, e.g. how its code was checked. */
  readonly history: readonly HistoryEntry[];
  /** Messages that took its place. */
  readonly successors: readonly Pick<SmsMessage, 'id' | 'createdAt'>[];
}

/** Tells the story of a message in the order of time. Holds no code, no text and no number. Pure. */
export function timelineOf(file: MessageFile): TimelineEntry[] {
  const { message, attempts, receipts, history, successors } = file;
  const later: TimelineEntry[] = [
    ...attempts.map(ofAttempt),
    ...receipts.map(ofReceipt),
    ...history.map(({ at, what, detail = {} }) => ({ at, what, detail })),
    ...successors.map(({ id, createdAt }) => ({ at: createdAt, what: 'rerouted', detail: { to: id } })),
    ...settlement(message),
  ];
  if (message.approvedAt) later.push({ at: message.approvedAt, what: 'approved', detail: {} });
  // The clocks of the stores may disagree by a little: a message begins with its admission all the same.
  return [...beginning(message), ...later.sort((one, other) => one.at.getTime() - other.at.getTime())];
}

function beginning(message: SmsMessage): TimelineEntry[] {
  const { createdAt, requestId, reroutedFrom, avoid } = message;
  const { at, ...counts } = (message.admission ?? {}) as TimelineDetail;
  const queued = { at: createdAt, what: 'queued', detail: { avoid: avoid?.join(', ') || null } };
  if (reroutedFrom) return [{ at: createdAt, what: 'rerouted', detail: { from: reroutedFrom } }, queued];
  const admitted = {
    at: typeof at === 'number' ? new Date(at) : createdAt,
    what: 'admitted',
    detail: { requestId, ...counts },
  };
  return [admitted, queued];
}

function ofAttempt(attempt: SmsAttempt): TimelineEntry {
  const { startedAt, finishedAt, outcome, refusal, vendorText } = attempt;
  return {
    at: startedAt,
    what: 'attempt',
    detail: {
      number: attempt.number,
      provider: attempt.provider,
      route: attempt.route,
      outcome,
      refusal,
      reading: outcome === 'accepted' ? null : readingOf(refusal),
      vendorCode: attempt.vendorCode,
      vendorText: vendorText && redactText(vendorText),
      vendorRequestId: attempt.vendorRequestId,
      vendorMessageId: attempt.providerMessageId,
      segments: attempt.segments,
      cost: attempt.cost,
      durationMs: finishedAt.getTime() - startedAt.getTime(),
    },
  };
}

function ofReceipt({ receivedAt, reportedAt, provider, status, vendorCode }: SmsReceipt): TimelineEntry {
  return {
    at: receivedAt,
    what: 'receipt',
    detail: {
      provider,
      status,
      carrierCode: redactText(vendorCode),
      reportedAt: reportedAt?.toISOString() ?? null,
    },
  };
}

/** The end of those whose end no attempt tells. */
function settlement({ state, settledAt }: SmsMessage): TimelineEntry[] {
  const isTold = !['refused', 'withheld', 'expired'].includes(state);
  return isTold || !settledAt ? [] : [{ at: settledAt, what: 'settled', detail: { state } }];
}
