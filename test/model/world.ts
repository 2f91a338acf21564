import { randomBytes } from 'node:crypto';
import type { Response } from 'supertest';
import { Erasures } from '../../src/auth/account/erasures';
import { Secrets } from '../../src/common/secrets';
import { deriveCode } from '../../src/verification/verification-code';
import { eventually } from '../support/eventually';
import { createScratchDatabase } from '../support/scratch-database';
import { type Cluster, type RunningApp, startApp } from '../support/start-app';
import { agedToken, ageStores } from './clock';
import { Ledger } from './ledger';
import { LONGEST_RUN_MS, SETTINGS } from './settings';

/** What ended on one instance has ended on the other after this time. */
const DEAD_WITHIN_MS = 2_000;
const NOTHING_LEFT = ['consents', 'sessions', 'spent_verifications', 'users'];

export interface Answer {
  readonly status: number;
  readonly body: Response['body'];
}

export interface Call {
  readonly bearer?: string;
  readonly body?: object;
}

type Method = 'get' | 'post' | 'put' | 'delete';

/** Two instances of the service that share their stores, and what they answered in this run. */
export class World {
  ledger = new Ledger();
  private startedAt = performance.now();

  private constructor(
    private readonly cluster: Cluster,
    private readonly instances: RunningApp[],
    private readonly secrets: Secrets,
  ) {}

  static async start(): Promise<World> {
    const secretKey = randomBytes(32);
    const redisPrefix = `test-${randomBytes(6).toString('hex')}:`;
    const cluster = { database: await createScratchDatabase(), redisPrefix, secretKey };
    const instances = [await startApp(SETTINGS, cluster), await startApp(SETTINGS, cluster)];
    return new World(cluster, instances, new Secrets(secretKey));
  }

  async stop(): Promise<void> {
    for (const instance of this.instances) await instance.stop();
    await this.cluster.database.drop();
  }

  /** For a new run: nobody has an account, and nothing is under way. */
  async empty(): Promise<void> {
    for (const table of NOTHING_LEFT) await this.any.dataSource.query(`DELETE FROM ${table}`);
    await this.flushRedis();
    this.ledger = new Ledger();
    this.startedAt = performance.now();
  }

  /** @throws for every answer that says that the service is at fault, and when the run takes too long to tell times apart */
  async call(on: number, method: Method, path: string, { bearer, body }: Call = {}): Promise<Answer> {
    if (performance.now() - this.startedAt > LONGEST_RUN_MS) throw new Error('This run took too long');
    const request = this.instances[on].api[method](path);
    if (bearer !== undefined) void request.set('Authorization', `Bearer ${bearer}`);
    const answer = await request.send(body);
    if (answer.status < 500) return answer;
    throw new Error(`${method} ${path} answered ${answer.status}: ${JSON.stringify(answer.body)}`);
  }

  /** Waits until an instance knows that a token has ended. */
  async dies(on: number, bearer: string): Promise<void> {
    const isDead = async () => (await this.call(on, 'get', '/v1/users/me', { bearer })).status === 401;
    await eventually('end of the token', isDead, DEAD_WITHIN_MS);
  }

  /** The code that was sent; where none was sent, the one that would have been. */
  async codeOf(on: number, verificationId: string, sent?: { to: string; purpose: string }): Promise<string> {
    const code = deriveCode(this.secrets.key('code'), verificationId, 6);
    await eventually('message that has left', async () => {
      const { body } = await this.call(on, 'get', `/v1/verifications/${verificationId}`);
      return body.status !== 'queued';
    });
    if (!sent) return code;
    const query = new URLSearchParams({ ...sent, waitMs: '5000' }).toString();
    const { body } = await this.call(on, 'get', `/dev/messages/latest?${query}`);
    if (body.code !== code) throw new Error('The message carries another code');
    return code;
  }

  async restart(on: number): Promise<void> {
    await this.instances[on].stop();
    this.instances[on] = await startApp(SETTINGS, this.cluster);
  }

  async flushRedis(): Promise<void> {
    const { client, prefix } = this.any.redis;
    const keys = await client.keys(`${prefix}*`);
    if (keys.length > 0) await client.del(...keys);
  }

  /** Redis falls back to what it knew before codes were consumed. */
  async forgetConsumption(): Promise<void> {
    const { client, prefix } = this.any.redis;
    for (const key of await client.keys(`${prefix}*:verification:*`))
      await client.hdel(key, 'consumed', 'consumer');
    for (const key of await client.keys(`${prefix}*:registration:*`)) await client.del(key);
  }

  /** Time goes by in the stores, and what is due is done. */
  async passTime(seconds: number): Promise<void> {
    await ageStores(this.any, seconds);
    await this.any.app.get(Erasures, { strict: false }).eraseDue();
  }

  agedToken(token: string, seconds: number): Promise<string> {
    return agedToken(this.any, token, seconds);
  }

  /** Whichever instance: they share their stores. */
  get any(): RunningApp {
    return this.instances[0];
  }
}
