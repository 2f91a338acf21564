import { createPrivateKey, type KeyObject } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { DataSource, type EntityManager, In } from 'typeorm';
import { PreparedStatement } from '../../database/prepared-statement';
import type { SigningAlgorithm } from '../../tokens/key-set.interface';
import { AUTH_OPTIONS, type AuthModuleOptions } from '../auth.options';
import { generateKey, type NewKey, type PublicJwk } from './jwk';
import type { KeyPlan, KeyRecord } from './key-plan';
import { SigningKey } from './signing-key.entity';

/** One instance at a time decides on keys. */
const KEYS_LOCK = 7_018_515_719;

/** Keys of years; the eldest are long retired. */
const MOST = 200;

interface KeyRow {
  readonly kid: string;
  readonly alg: SigningAlgorithm;
  readonly publicJwk: PublicJwk;
  readonly createdAt: Date;
  readonly signsFrom: Date;
  readonly retiredAt: Date | null;
  readonly revokedAt: Date | null;
  readonly now: Date;
}

// With no key at all there is still a row, for the time.
const KEYS = new PreparedStatement<KeyRow | { readonly kid: null; readonly now: Date }>(
  'auth.keys',
  `SELECT kid, alg, public_jwk AS "publicJwk", created_at AS "createdAt", signs_from AS "signsFrom",
     retired_at AS "retiredAt", revoked_at AS "revokedAt", clock_timestamp() AS now
   FROM (SELECT 1) AS one
   LEFT JOIN (SELECT * FROM signing_keys ORDER BY signs_from DESC, created_at DESC LIMIT ${MOST}) AS k ON true
   ORDER BY signs_from DESC, created_at DESC`,
);

export interface StoredKey extends KeyRecord {
  readonly publicJwk: PublicJwk;
}

/** All keys, newest first, and the time by the store's clock. */
export interface StoredKeys {
  readonly keys: readonly StoredKey[];
  readonly now: number;
}

/** Signing keys in PostgreSQL, wrapped. */
@Injectable()
export class KeyStore {
  constructor(
    @InjectDataSource() private readonly dataSource: DataSource,
    @Inject(AUTH_OPTIONS) private readonly options: AuthModuleOptions,
  ) {}

  async read(manager?: EntityManager): Promise<StoredKeys> {
    const rows = await KEYS.run(manager ?? this.dataSource, []);
    const keys = rows.flatMap((row) => (row.kid === null ? [] : recordOf(row)));
    return { keys, now: rows[0].now.getTime() };
  }

  /** Private halves, in memory as KeyObjects: parsing a PEM for every token costs sixty times the signature. */
  async unwrap(kids: readonly string[]): Promise<Map<string, KeyObject>> {
    const found = await this.dataSource.getRepository(SigningKey).findBy({ kid: In([...kids]) });
    return new Map(
      found
        .filter(({ privateWrapped }) => privateWrapped.length > 0)
        .map(({ kid, privateWrapped }) => [kid, this.open(kid, privateWrapped)]),
    );
  }

  /**
   * Decides and carries out, while no other instance does.
   * @param alg of the key that is made, if one is
   * @param decide may write what else belongs to the decision
   * @returns the key that was made, if one was
   */
  async change(
    alg: SigningAlgorithm,
    decide: (stored: StoredKeys, manager: EntityManager) => Promise<KeyPlan>,
    beside?: (made: string | undefined, manager: EntityManager) => Promise<void>,
  ): Promise<string | undefined> {
    // Before the lock is taken: an RSA key takes its time.
    const key = await generateKey(alg);
    return this.dataSource.transaction(async (manager) => {
      await manager.query('SELECT pg_advisory_xact_lock($1)', [KEYS_LOCK]);
      const plan = await decide(await this.read(manager), manager);
      await this.carryOut(plan, key, manager);
      const made = plan.make && key.kid;
      await beside?.(made, manager);
      return made;
    });
  }

  /** A private half that is of no use any more is not kept. */
  async end(kids: readonly string[], manager: EntityManager, isRevoked: boolean): Promise<void> {
    if (kids.length === 0) return;
    await manager.update(
      SigningKey,
      { kid: In([...kids]) },
      {
        retiredAt: () => 'coalesce(retired_at, clock_timestamp())',
        privateWrapped: Buffer.alloc(0),
        ...(isRevoked && { revokedAt: () => 'clock_timestamp()' }),
      },
    );
  }

  private async carryOut({ make, promote, retire }: KeyPlan, key: NewKey, manager: EntityManager) {
    await this.end(retire, manager, false);
    if (promote) await manager.update(SigningKey, { kid: promote }, { signsFrom: () => 'clock_timestamp()' });
    if (!make) return;
    const der = key.privateKey.export({ format: 'der', type: 'pkcs8' });
    await manager.insert(SigningKey, {
      kid: key.kid,
      alg: key.alg,
      publicJwk: { ...key.publicJwk },
      privateWrapped: this.options.secrets.seal('key-wrapping', der, signingKeyContext(key.kid)),
      createdAt: () => 'clock_timestamp()',
      signsFrom: new Date(make.signsFrom),
    });
  }

  private open(kid: string, wrapped: Buffer): KeyObject {
    const key = this.options.secrets.open('key-wrapping', wrapped, signingKeyContext(kid));
    return createPrivateKey({ key, format: 'der', type: 'pkcs8' });
  }
}

function recordOf({ createdAt, signsFrom, retiredAt, revokedAt, kid, alg, publicJwk }: KeyRow): StoredKey {
  return {
    kid,
    alg,
    publicJwk,
    createdAt: createdAt.getTime(),
    signsFrom: signsFrom.getTime(),
    retiredAt: retiredAt?.getTime() ?? null,
    revokedAt: revokedAt?.getTime() ?? null,
  };
}

/** What a wrapped key is bound to. */
export const signingKeyContext = (kid: string): string => `signing-key:${kid}`;
