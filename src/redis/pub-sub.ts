import { Inject, Injectable, Logger, type OnApplicationShutdown } from '@nestjs/common';
import type { Cluster, Redis } from 'ioredis';
import { subscriberOf } from './redis-client';
import { REDIS, type RedisConnection } from './redis-connection';

type Listener = (message: string) => unknown;

interface Channel {
  readonly listeners: Set<Listener>;
  /** Who wants to know whenever listening has begun. */
  readonly ready: Set<() => unknown>;
}

/**
 * Words between the instances of one service. Who is not listening just then misses them: they make things faster, and
 * nothing may rely on them alone.
 */
@Injectable()
export class PubSub implements OnApplicationShutdown {
  private readonly logger = new Logger(PubSub.name);
  private readonly channels = new Map<string, Channel>();
  private subscriber?: Redis | Cluster;

  constructor(@Inject(REDIS) private readonly redis: RedisConnection) {}

  /** Tells all instances, this one included. Lost when the store is gone. */
  publish(channel: string, message: string): void {
    void this.redis.client.publish(this.redis.prefix + channel, message).catch(() => undefined);
  }

  /**
   * @param onReady called whenever listening has begun, anew after an outage too: nothing that is said from then on is
   * missed, and what was said before can be read
   */
  subscribe(channel: string, listener: Listener, onReady?: () => unknown): void {
    const name = this.redis.prefix + channel;
    const { listeners, ready } = this.channelOf(name);
    listeners.add(listener);
    if (onReady) ready.add(onReady);
    this.subscriber ??= this.connect();
    if (this.subscriber.status === 'ready') this.listen(name);
  }

  onApplicationShutdown(): void {
    this.subscriber?.disconnect();
  }

  private channelOf(name: string): Channel {
    const channel = this.channels.get(name) ?? { listeners: new Set(), ready: new Set() };
    this.channels.set(name, channel);
    return channel;
  }

  private connect(): Redis | Cluster {
    // A subscribed connection takes no other commands, so that it is one of its own.
    const subscriber = subscriberOf(this.redis.client);
    subscriber.on('ready', () => [...this.channels.keys()].forEach((name) => this.listen(name)));
    // The other connection already tells of outages.
    subscriber.on('error', () => undefined);
    subscriber.on('message', (name: string, message: string) => {
      this.call(name, this.channelOf(name).listeners, message);
    });
    subscriber.connect().catch(() => undefined);
    return subscriber;
  }

  private listen(name: string): void {
    void this.subscriber?.subscribe(name).then(
      () => this.call(name, this.channelOf(name).ready, ''),
      () => undefined,
    );
  }

  private call(name: string, listeners: Iterable<Listener>, message: string): void {
    for (const listener of listeners) {
      try {
        void Promise.resolve(listener(message)).catch((error: unknown) => this.warn(name, error));
      } catch (error) {
        this.warn(name, error);
      }
    }
  }

  private warn(channel: string, error: unknown): void {
    this.logger.warn({ event: 'redis.message.failed', channel, message: String(error) });
  }
}
