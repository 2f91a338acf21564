import { withClientSpan, withLinkedSpan } from '../common/tracing';
import type { ClaimedMessage } from './outbox-statements';
import type { OutgoingMessage, SmsOutcome } from './sms-provider.interface';

// Names: https://opentelemetry.io/docs/specs/semconv/messaging/messaging-spans/
const QUEUE = {
  'messaging.system': 'gatecode',
  'messaging.destination.name': 'sms_messages',
  'messaging.operation.name': 'process',
  'messaging.operation.type': 'process',
};

/** The way of one message from the outbox to its end, linked to the request that asked for it. */
export function inDispatchSpan<Result>(
  { id, purpose, channel, trace_parent: asker }: ClaimedMessage,
  dispatch: () => Promise<Result>,
): Promise<Result> {
  const attributes = { ...QUEUE, 'messaging.message.id': id, 'sms.purpose': purpose, 'sms.channel': channel };
  return withLinkedSpan('process sms_messages', asker, attributes, dispatch);
}

/** One call of one gateway. The gateway learns nothing of the trace. */
export function inSendSpan(
  provider: string,
  { purpose, channel }: OutgoingMessage,
  send: () => Promise<SmsOutcome>,
): Promise<SmsOutcome> {
  const attributes = { 'sms.provider': provider, 'sms.purpose': purpose, 'sms.channel': channel };
  return withClientSpan('sms.send', attributes, async (span) => {
    const outcome = await send();
    span.set({ 'sms.outcome': outcome.kind, 'error.type': faultNameOf(outcome) });
    return outcome;
  });
}

/** The class of a refusal, or why an outcome is not known: few values, and no words of a vendor's. */
function faultNameOf(outcome: SmsOutcome): string | undefined {
  if (outcome.kind === 'accepted') return undefined;
  return outcome.kind === 'refused' ? `refused ${outcome.refusal}` : outcome.reason;
}
