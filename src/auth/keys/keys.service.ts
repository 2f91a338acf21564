import { createPublicKey, type KeyObject } from 'node:crypto';
import {
  Inject,
  Injectable,
  Logger,
  type OnApplicationBootstrap,
  type OnApplicationShutdown,
  Optional,
} from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { PubSub } from '../../redis/pub-sub';
import type { KeySet, SigningAlgorithm, VerificationKey } from '../../tokens/key-set.interface';
import { AUTH_OPTIONS, type AuthModuleOptions } from '../auth.options';
import type { JwksDto } from '../dto/jwks.dto';
import {
  duePlan,
  isEmpty,
  isLive,
  type KeyPlan,
  type KeyPolicy,
  type KeyState,
  rotationPlan,
  signingKey,
  stateOf,
} from './key-plan';
import { KeyStore, type StoredKey, type StoredKeys } from './key-store';
import { Revocations } from '../bearer/revocations';

const CHANNEL = 'keys';
const POLL_MS = 1_000;
/** A token with an unknown `kid` makes us look for new keys, but strangers can't make us look all the time. */
const LOOK_AGAIN_MS = 250;

/** What tokens are signed with. */
export interface CurrentKey {
  readonly kid: string;
  readonly alg: SigningAlgorithm;
  readonly privateKey: KeyObject;
}

export type KeyView = StoredKey & { readonly state: KeyState };

/** Is written in the same transaction, e.g. to the audit log. */
type Beside = (kid: string, manager: EntityManager) => Promise<void>;

/**
 * The signing keys of this installation: in PostgreSQL, shared by all instances, made at first use, and replaced in time.
 * Every instance looks every second; when something is due, one of them does it.
 */
@Injectable()
export class KeysService implements KeySet, OnApplicationBootstrap, OnApplicationShutdown {
  private readonly logger = new Logger(KeysService.name);
  private readonly policy: KeyPolicy;
  private live = new Map<string, VerificationKey & { publicJwk: StoredKey['publicJwk'] }>();
  private privateKeys = new Map<string, KeyObject>();
  private signing?: CurrentKey;
  private loading?: Promise<void>;
  private lookedAt = -Infinity;
  private isStart = true;
  private timer?: NodeJS.Timeout;

  constructor(
    private readonly store: KeyStore,
    private readonly revocations: Revocations,
    @Inject(AUTH_OPTIONS) { algorithm, keyRotationDays, accessTokenTtl }: AuthModuleOptions,
    @Optional() private readonly pubSub?: PubSub,
  ) {
    this.policy = {
      alg: algorithm ?? 'ES256',
      rotationDays: keyRotationDays ?? 90,
      tokenTtl: accessTokenTtl,
    };
  }

  /** Loads the keys ahead of the first token. Without the tables (migrations to come) the service still starts. */
  async onApplicationBootstrap(): Promise<void> {
    await this.load().catch((error: unknown) =>
      this.logger.warn({ event: 'auth.keys.not-loaded', message: String(error) }),
    );
    this.pubSub?.subscribe(CHANNEL, () => this.look());
    this.timer = setInterval(() => void this.look(), POLL_MS);
    this.timer.unref();
  }

  async onApplicationShutdown(): Promise<void> {
    clearInterval(this.timer);
    await this.loading?.catch(() => undefined);
  }

  async current(): Promise<CurrentKey> {
    if (!this.signing) await this.load();
    return this.signing!;
  }

  async find(kid: string): Promise<VerificationKey | undefined> {
    if (this.live.size === 0) await this.load();
    // All keys but the first one, and those that replace a compromised one, are known long before they sign.
    if (!this.live.has(kid) && performance.now() - this.lookedAt > LOOK_AGAIN_MS) await this.look();
    return this.live.get(kid);
  }

  has(kid: string): boolean {
    return this.live.has(kid);
  }

  /** JSON Web Key Set (RFC 7517 5): public members only. */
  async jwks(): Promise<JwksDto> {
    if (this.live.size === 0) await this.load();
    return {
      keys: [...this.live.values()].map(({ kid, alg, publicJwk }) => ({
        ...publicJwk,
        kid,
        use: 'sig',
        alg,
      })),
    };
  }

  /** All of them, newest first. */
  async list(): Promise<KeyView[]> {
    return viewsOf(await this.store.read());
  }

  /** Makes a key that signs as soon as everybody can know it. */
  async rotate(beside: Beside): Promise<KeyView> {
    const made = await this.store.change(
      this.policy.alg,
      ({ keys, now }) => Promise.resolve(rotationPlan(keys, now)),
      (kid, manager) => beside(kid!, manager),
    );
    await this.tell();
    return (await this.list()).find(({ kid }) => kid === made)!;
  }

  /**
   * Takes a key out of use with all its tokens. If it was the one that signs, another signs at once.
   * @returns false for a `kid` that is none of ours
   */
  async revoke(kid: string, beside: Beside): Promise<boolean> {
    let isKnown = false;
    await this.store.change(this.policy.alg, async ({ keys }, manager) => {
      const key = keys.find((each) => each.kid === kid);
      isKnown = key !== undefined;
      if (!key || key.revokedAt) return { retire: [] };
      await this.store.end([kid], manager, true);
      await beside(kid, manager);
      const { keys: left, now } = await this.store.read(manager);
      return duePlan(left, now, this.policy, false);
    });
    // First the new key set, then the word that it has changed.
    await this.tell();
    if (isKnown) this.revocations.endKeys([kid]);
    return isKnown;
  }

  private async tell(): Promise<void> {
    this.pubSub?.publish(CHANNEL, 'changed');
    // A look that is under way may have begun before the change.
    await this.loading?.catch(() => undefined);
    await this.load();
  }

  private async look(): Promise<void> {
    this.lookedAt = performance.now();
    await this.load().catch((error: unknown) =>
      this.logger.debug({ event: 'auth.keys.not-loaded', message: String(error) }),
    );
  }

  private load(): Promise<void> {
    this.loading ??= this.readAndDo().finally(() => (this.loading = undefined));
    return this.loading;
  }

  private async readAndDo(): Promise<void> {
    let stored = await this.store.read();
    if (!isEmpty(this.due(stored))) {
      await this.store.change(this.policy.alg, (found) => Promise.resolve(this.due(found)));
      stored = await this.store.read();
      this.logger.log({ event: 'auth.keys.changed', message: 'made or retired a signing key' });
    }
    await this.take(stored);
    this.isStart = false;
  }

  private due({ keys, now }: StoredKeys): KeyPlan {
    return duePlan(keys, now, this.policy, this.isStart);
  }

  private async take({ keys, now }: StoredKeys): Promise<void> {
    const current = signingKey(keys, now);
    const live = keys.filter(isLive);
    await this.unwrap(live.filter(({ kid, signsFrom }) => kid === current?.kid || signsFrom > now));
    this.live = new Map(
      live.map(({ kid, alg, publicJwk }) => [
        kid,
        this.live.get(kid) ?? {
          kid,
          alg,
          publicJwk,
          publicKey: createPublicKey({ key: publicJwk, format: 'jwk' }),
        },
      ]),
    );
    const privateKey = current && this.privateKeys.get(current.kid);
    this.signing = current && privateKey && { kid: current.kid, alg: current.alg, privateKey };
    this.revocations.endKeys(keys.filter(({ revokedAt }) => revokedAt).map(({ kid }) => kid));
  }

  /** Holds the private halves of these keys, and of no others. */
  private async unwrap(keys: readonly StoredKey[]): Promise<void> {
    const missing = keys.filter(({ kid }) => !this.privateKeys.has(kid)).map(({ kid }) => kid);
    const found = missing.length > 0 ? await this.store.unwrap(missing) : [];
    const all = new Map([...this.privateKeys, ...found]);
    this.privateKeys = new Map([...all].filter(([kid]) => keys.some((key) => key.kid === kid)));
  }
}

function viewsOf({ keys, now }: StoredKeys): KeyView[] {
  return keys.map((key) => ({ ...key, state: stateOf(key, keys, now) }));
}
