import { Injectable, Logger } from '@nestjs/common';
import { uuidv7 } from 'uuidv7';

/**
 * Every event by name, with the shape of its data. Features add theirs by declaration merging, in their `*-events.ts`.
 * Data never holds a code, a token or a whole number.
 */
// eslint-disable-next-line @typescript-eslint/no-empty-object-type -- features fill it
export interface EventMap {}

export type EventName = keyof EventMap;

/** An event as listeners and webhooks get it. */
export interface GatecodeEvent<Name extends EventName = EventName> {
  /** UUID v7: who gets an event twice knows it by its id. */
  readonly id: string;
  readonly name: Name;
  /** Of the shape of `data`. A field may be added without a new version; none is removed or changed. */
  readonly version: 1;
  /** RFC 3339, UTC. */
  readonly time: string;
  readonly data: EventMap[Name];
}

type Listener = (event: GatecodeEvent) => unknown;

/** What happened, for whoever wants to know: a host, webhooks, metrics. Listeners never hold up what they listen to. */
@Injectable()
export class Events {
  private readonly logger = new Logger(Events.name);
  private readonly listeners = new Map<EventName | '*', Set<Listener>>();

  emit<Name extends EventName>(name: Name, data: EventMap[Name]): void {
    const interested = [...(this.listeners.get(name) ?? []), ...(this.listeners.get('*') ?? [])];
    if (interested.length === 0) return;
    const event: GatecodeEvent<Name> = {
      id: uuidv7(),
      name,
      version: 1,
      time: new Date().toISOString(),
      data,
    };
    for (const listener of interested) void this.tell(listener, event);
  }

  /** @returns what ends the listening */
  on<Name extends EventName>(name: Name, listener: (event: GatecodeEvent<Name>) => unknown): () => void {
    return this.add(name, listener as Listener);
  }

  /** Listens to every event. */
  onAny(listener: (event: GatecodeEvent) => unknown): () => void {
    return this.add('*', listener);
  }

  private add(name: EventName | '*', listener: Listener): () => void {
    const listeners = this.listeners.get(name) ?? new Set();
    this.listeners.set(name, listeners.add(listener));
    return () => void listeners.delete(listener);
  }

  private async tell(listener: Listener, event: GatecodeEvent): Promise<void> {
    try {
      await listener(event);
    } catch (error) {
      this.logger.warn({ event: 'events.listener.failed', name: event.name, message: String(error) });
    }
  }
}
