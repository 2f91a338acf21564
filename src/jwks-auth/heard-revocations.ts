import {
  Inject,
  Injectable,
  type OnApplicationBootstrap,
  type OnApplicationShutdown,
  Optional,
} from '@nestjs/common';
import { Problem } from '../common/problem';
import { PubSub } from '../redis/pub-sub';
import { REDIS, type RedisConnection } from '../redis/redis-connection';
import type { VerifiedToken } from '../tokens/access-token';
import { EndedTokens } from '../tokens/ended-tokens';
import { RevocationFeed } from '../tokens/revocation-feed';
import { JWKS_AUTH_OPTIONS, type JwksAuthModuleOptions } from './jwks-auth.options';
import { JwksKeys } from './jwks-keys';

const FORGET_EVERY_MS = 10_000;
/** Without a word from Redis for that long, something may have ended that is not known here. */
const BLIND_AFTER_MS = 5_000;

/** What the issuer says has ended, as far as it is heard through Redis. */
@Injectable()
export class HeardRevocations implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly ended: EndedTokens;
  private readonly feed?: RevocationFeed;
  private readonly isRequired: boolean;
  private timer?: NodeJS.Timeout;

  constructor(
    keys: JwksKeys,
    @Inject(JWKS_AUTH_OPTIONS) { revocations }: JwksAuthModuleOptions,
    @Optional() @Inject(REDIS) redis?: RedisConnection,
    @Optional() pubSub?: PubSub,
  ) {
    // Another key signs from then on.
    this.ended = new EndedTokens(() => void keys.refresh());
    this.isRequired = revocations === 'require';
    if (revocations === 'off') return;
    if (redis && pubSub) this.feed = new RevocationFeed(redis, pubSub, this.ended);
    else if (revocations) throw new Error(`revocations: '${revocations}' needs a RedisModule in the host`);
  }

  async onApplicationBootstrap(): Promise<void> {
    await this.feed?.start();
    this.timer = setInterval(() => this.ended.forgetExpired(), FORGET_EVERY_MS);
    this.timer.unref();
  }

  async onApplicationShutdown(): Promise<void> {
    clearInterval(this.timer);
    await this.feed?.stop();
  }

  /** @throws {Problem} STORE_UNAVAILABLE when that can't be told, and has to be */
  concern(token: VerifiedToken): boolean {
    if (this.ended.concern(token)) return true;
    if (this.isRequired && this.feed!.behindMs > BLIND_AFTER_MS) throw new Problem('STORE_UNAVAILABLE');
    return false;
  }
}
