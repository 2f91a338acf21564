import type { Cluster, Redis } from 'ioredis';

/** Injection token for the {@link RedisConnection} of this process. */
export const REDIS = Symbol.for('gatecode:REDIS');

/** A client and what its keys begin with, so that one server can be shared. */
export interface RedisConnection {
  readonly client: Redis | Cluster;
  /** Every key begins with it, e.g. `gatecode:`. Holds no hash tag of its own. */
  readonly prefix: string;
}
