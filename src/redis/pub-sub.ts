import { Inject, Injectable, Logger, type OnApplicationShutdown } from '@nestjs/common';
import type { Cluster, Redis } from 'ioredis';
import { subscriberOf } from './redis-client';
import { REDIS, type RedisConnection } from './redis-connection';

type Listener = (message: string) => unknown;

/**
 * Words between the instances of one service. Who is not listening just then misses them: they make things faster, and
 * nothing may rely on them alone.
 */
@Injectable()
export class PubSub implements OnApplicationShutdown {
  private readonly logger = new Logger(PubSub.name);
  private readonly listeners = new Map<string, Set<Listener>>();
  private subscriber?: Redis | Cluster;

  constructor(@Inject(REDIS) private readonly redis: RedisConnection) {}

  /** Tells all instances, this one included. Lost when the store is gone. */
  publish(channel: string, message: string): void {
    void this.redis.client.publish(this.redis.prefix + channel, message).catch(() => undefined);
  }

  /**
   * @param onReady called whenever listening has begun, anew after an outage too: what was missed can be read then
   */
  subscribe(channel: string, listener: Listener, onReady?: () => unknown): void {
    const name = this.redis.prefix + channel;
    const listeners = this.listeners.get(name) ?? new Set();
    this.listeners.set(name, listeners.add(listener));
    this.subscriber ??= this.connect();
    if (onReady) this.subscriber.on('ready', onReady);
    if (this.subscriber.status === 'ready') this.listen(name);
  }

  onApplicationShutdown(): void {
    this.subscriber?.disconnect();
  }

  private connect(): Redis | Cluster {
    // A subscribed connection takes no other commands, so that it is one of its own.
    const subscriber = subscriberOf(this.redis.client);
    subscriber.on('ready', () => [...this.listeners.keys()].forEach((name) => this.listen(name)));
    // The other connection already tells of outages.
    subscriber.on('error', () => undefined);
    subscriber.on('message', (name: string, message: string) => this.tell(name, message));
    subscriber.connect().catch(() => undefined);
    return subscriber;
  }

  private listen(name: string): void {
    void this.subscriber?.subscribe(name).catch(() => undefined);
  }

  private tell(name: string, message: string): void {
    for (const listener of this.listeners.get(name) ?? []) {
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
