import { createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto';
import { Inject, Injectable, Logger, type OnApplicationBootstrap } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { DataSource, type EntityManager, IsNull } from 'typeorm';
import { AUTH_OPTIONS, type AuthModuleOptions } from './auth.options';
import type { JwksDto } from './dto/jwks.dto';
import { generateEs256Key, publicMembers } from './jwk';
import { SigningKey } from './signing-key.entity';

/** The one algorithm tokens are signed with and accepted under. */
export const ALGORITHM = 'ES256';

/** Instances that start together must not make a key each. */
const CREATION_LOCK = 7_018_515_719;
/** A token with an unknown `kid` makes us look for new keys, but strangers can't make us look all the time. */
const RELOAD_EVERY_MS = 10_000;

export interface CurrentKey {
  readonly kid: string;
  readonly privateKey: KeyObject;
}

/**
 * The signing keys of this installation: in PostgreSQL, wrapped, shared by all instances, made at first use.
 * In memory they are KeyObjects: parsing a PEM for every token costs sixty times the signature.
 */
@Injectable()
export class KeysService implements OnApplicationBootstrap {
  private readonly logger = new Logger(KeysService.name);
  private readonly publicKeys = new Map<string, KeyObject>();
  private signingKey?: CurrentKey;
  private loading?: Promise<void>;
  private loadedAt = -Infinity;

  constructor(
    @InjectDataSource() private readonly dataSource: DataSource,
    @Inject(AUTH_OPTIONS) private readonly options: AuthModuleOptions,
  ) {}

  /** Loads the keys ahead of the first token. Without the tables (migrations to come) the service still starts. */
  async onApplicationBootstrap(): Promise<void> {
    await this.load().catch((error: unknown) =>
      this.logger.warn({ event: 'auth.keys.not-loaded', message: String(error) }),
    );
  }

  async current(): Promise<CurrentKey> {
    if (!this.signingKey) await this.load();
    return this.signingKey!;
  }

  /** @returns undefined for a `kid` that is none of ours */
  async publicKey(kid: string): Promise<KeyObject | undefined> {
    if (!this.publicKeys.has(kid) && Date.now() - this.loadedAt > RELOAD_EVERY_MS) await this.load();
    return this.publicKeys.get(kid);
  }

  /** JSON Web Key Set (RFC 7517 5): public members only. */
  async jwks(): Promise<JwksDto> {
    if (this.publicKeys.size === 0) await this.load();
    return {
      keys: [...this.publicKeys].map(([kid, key]) => ({
        ...publicMembers(key),
        kid,
        use: 'sig',
        alg: ALGORITHM,
      })),
    };
  }

  private load(): Promise<void> {
    this.loading ??= this.read().finally(() => (this.loading = undefined));
    return this.loading;
  }

  private async read(): Promise<void> {
    const stored = await this.dataSource.getRepository(SigningKey).findBy({ retiredAt: IsNull() });
    const keys =
      stored.length > 0 ? stored : await this.dataSource.transaction((manager) => this.makeFirst(manager));
    for (const { kid, publicJwk } of keys) {
      this.publicKeys.set(kid, createPublicKey({ key: publicJwk, format: 'jwk' }));
    }
    const newest = keys.reduce((one, other) => (other.createdAt > one.createdAt ? other : one));
    this.signingKey = { kid: newest.kid, privateKey: this.unwrap(newest) };
    this.loadedAt = Date.now();
  }

  private async makeFirst(manager: EntityManager): Promise<SigningKey[]> {
    await manager.query('SELECT pg_advisory_xact_lock($1)', [CREATION_LOCK]);
    const stored = await manager.findBy(SigningKey, { retiredAt: IsNull() });
    if (stored.length > 0) return stored;
    const { kid, publicJwk, privateKey } = generateEs256Key();
    const der = privateKey.export({ format: 'der', type: 'pkcs8' });
    const key = manager.create(SigningKey, {
      kid,
      alg: ALGORITHM,
      publicJwk: { ...publicJwk },
      privateWrapped: this.options.secrets.seal('key-wrapping', der, signingKeyContext(kid)),
      createdAt: new Date(),
      retiredAt: null,
    });
    await manager.insert(SigningKey, key);
    this.logger.log({ event: 'auth.key.created', message: 'made the first signing key' });
    return [key];
  }

  private unwrap({ kid, privateWrapped }: SigningKey): KeyObject {
    const key = this.options.secrets.open('key-wrapping', privateWrapped, signingKeyContext(kid));
    return createPrivateKey({ key, format: 'der', type: 'pkcs8' });
  }
}

/** What a wrapped key is bound to. */
export const signingKeyContext = (kid: string): string => `signing-key:${kid}`;
