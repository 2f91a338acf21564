import { createHash } from 'node:crypto';
import type { GatecodeEvent } from '../common/events';

/** One event for one receiver, as the queue keeps it. */
export interface WebhookJob {
  /** The event's id: the same in every attempt. */
  readonly id: string;
  readonly event: string;
  /** Names the receiver. Its address stays in the configuration: who is taken out there is told nothing more. */
  readonly receiver: string;
  /** What is sent and signed, to the byte. */
  readonly body: string;
  /** W3C `traceparent` of what happened. */
  readonly traceParent?: string;
}

/** Short, and the same on every instance. */
export function receiverOf(url: string): string {
  return createHash('sha256').update(url).digest('hex').slice(0, 16);
}

/** The queue takes one id once: told twice of an event, it keeps one job for each receiver. */
export function jobIdOf({ id, receiver }: WebhookJob): string {
  return `${id}-${receiver}`;
}

export function jobsFor(
  { id, name, version, time, data }: GatecodeEvent,
  urls: readonly string[],
  traceParent?: string,
): WebhookJob[] {
  const body = JSON.stringify({ id, name, version, time, data });
  return urls.map((url) => ({ id, event: name, receiver: receiverOf(url), body, traceParent }));
}
