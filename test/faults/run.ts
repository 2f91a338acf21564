import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { PhoneVault } from '../../src/common/phone-vault';
import { Secrets } from '../../src/common/secrets';
import { findFreePort } from '../../src/embedded/server-process';
import { deriveCode } from '../../src/verification/verification-code';
import { eventually } from '../support/eventually';
import { type Vendor, VENDORS } from '../support/gateways';
import { Carrier } from './carrier';
import { Clients } from './clients';
import { Customers } from './customers';
import type { FaultyPostgres } from './faulty-postgres';
import type { FaultyRedis } from './faulty-redis';
import { Instance } from './instance';
import type { Ledgers, Terms } from './ledger';
import { OutboxLedger } from './outbox-ledger';
import { RecordedGateways } from './recorded-gateways';
import { receiptsKept } from './message-rules';
import { timeToRecover } from './recovery';
import type { Scenario } from './scenario';
import { storiesOf } from './stories';

/** What all runs of the matrix share. */
export interface World {
  readonly postgres: FaultyPostgres;
  readonly redis: FaultyRedis;
  /** Folder of the build. */
  readonly dist: string;
  /** Kills at each crash point. */
  readonly rounds: number;
  /** Whether faults last as long as in life: five minutes and not twenty seconds. */
  readonly isSlow: boolean;
}

/** Small, so that a short run meets them. */
const LIMITS = { cooldown: 1, hour: 4, day: 6, address: 12, segment: 12 };
/**
 * A claim lives 15 s longer than a call, a message that nobody can take waits for 30 s, and a receipt whose taker died
 * for up to a minute.
 */
const SETTLE_MS = 90_000;
const RECEIPT_TOKEN = 'receiptsOfThisRunAlone000';
const RECEIPT_VARIABLES = {
  SMS_RECEIPT_TOKEN: RECEIPT_TOKEN,
  // Luosimao does not say which words mean what.
  LUOSIMAO_RECEIPT_STATUSES: 'DELIVRD:delivered,UNDELIV:undelivered',
};
const PEOPLE = 6;
const LOOK_EVERY_MS = 500;

/** One scenario on so many instances: a service of its own, on an empty database and an empty Redis. */
export class Run {
  readonly clients: Clients;
  readonly terms: Terms;
  private readonly customers: Customers;
  private readonly carrier: Carrier;

  private constructor(
    readonly world: World,
    readonly scenario: Scenario,
    readonly gateways: RecordedGateways,
    readonly instances: readonly Instance[],
    private readonly outbox: OutboxLedger,
    codeOf: Terms['codeOf'],
  ) {
    this.clients = new Clients(instances);
    this.terms = { ...termsOf(codeOf), forgottenAt: [], ...scenario.terms };
    this.carrier = new Carrier(gateways, instances, RECEIPT_TOKEN);
    const people = scenario.people ?? PEOPLE;
    const { cooldownMs } = this.terms;
    const load = { codeOf, cooldownMs, people, withHotSpots: people > 0 };
    this.customers = new Customers(this.clients, gateways, load);
  }

  static async open(world: World, scenario: Scenario, count: number): Promise<Run> {
    const databaseUrl = await world.postgres.newDatabase();
    await world.redis.startEmpty();
    const gateways = await RecordedGateways.start(scenario.luosimao);
    const secretKey = randomBytes(32);
    const secrets = new Secrets(secretKey);
    const variables = {
      ...variablesOf(gateways, scenario.gateways),
      DATABASE_URL: databaseUrl,
      REDIS_URL: world.redis.url,
      SECRET_KEY: secretKey.toString('base64'),
      ...(scenario.withReceipts && RECEIPT_VARIABLES),
      ...scenario.variables,
    };
    const instances: Instance[] = [];
    for (let number = 1; number <= count; number += 1)
      instances.push(new Instance(number, world.dist, await findFreePort(), variables));
    const outbox = new OutboxLedger(databaseUrl, new PhoneVault(secrets));
    const codeOf = (id: string) => deriveCode(secrets.key('code'), id, 6);
    const run = new Run(world, scenario, gateways, instances, outbox, codeOf);
    // The first one migrates, whatever the scenario makes of the others; in production nobody does.
    await instances[0].start({ NODE_ENV: 'test' });
    await Promise.all(instances.slice(1).map((instance) => instance.start()));
    return run;
  }

  startLoad(): void {
    this.customers.start();
    if (this.scenario.withReceipts) this.carrier.start();
  }

  async stopLoad(): Promise<void> {
    await this.customers.stop();
    await this.carrier.stop();
  }

  /** @returns milliseconds until the main job works on every instance */
  recover(): Promise<number> {
    return timeToRecover(this.clients, this.gateways, this.instances, this.terms.codeOf);
  }

  /** Waits until every message has ended, or should have. */
  async settle(): Promise<void> {
    const settled = eventually(
      'end of the queue',
      async () => (await this.outbox.openMessages()) === 0 && (await this.areReceiptsKept()),
      SETTLE_MS,
    );
    // The checker says which ones are left.
    await settled.catch(() => undefined);
  }

  async ledgers(): Promise<Ledgers> {
    return {
      requests: this.clients.requests,
      calls: this.gateways.calls,
      taken: this.gateways.taken,
      messages: await this.outbox.messages(),
      attempts: await this.outbox.attempts(),
      receipts: this.carrier.receipts,
    };
  }

  private async areReceiptsKept(): Promise<boolean> {
    if (!this.scenario.withReceipts) return true;
    await sleep(LOOK_EVERY_MS);
    return receiptsKept(storiesOf(await this.ledgers(), this.terms)).length === 0;
  }

  async close(): Promise<void> {
    await Promise.all(this.instances.map((instance) => instance.end('SIGKILL')));
    await this.gateways.stop();
  }
}

function termsOf(codeOf: Terms['codeOf']): Terms {
  return {
    codeOf,
    cooldownMs: LIMITS.cooldown * 1_000,
    hourLimit: LIMITS.hour,
    dayLimit: LIMITS.day,
    addressLimit: LIMITS.address,
    segmentLimit: LIMITS.segment,
    budget: 0,
    answerMs: 3_000,
    forgottenAt: [],
    losesAnswers: false,
    storesRefused: false,
  };
}

function variablesOf(gateways: RecordedGateways, order: readonly Vendor[] = VENDORS): Record<string, string> {
  return {
    ...gateways.variables(order),
    // Each of them gets its share, so that each of them can fail.
    SMS_PROVIDERS: order.map((vendor) => `${vendor}:1`).join(','),
    SMS_TIMEOUT_MS: '1500',
    NODE_ENV: 'test',
    HOST: '127.0.0.1',
    LOG_LEVEL: 'warn',
    CAPTCHA_MODE: 'never',
    TRUSTED_PROXIES: '127.0.0.1',
    RESEND_COOLDOWN: String(LIMITS.cooldown),
    PHONE_HOURLY_LIMIT: String(LIMITS.hour),
    PHONE_DAILY_LIMIT: String(LIMITS.day),
    IP_HOURLY_LIMIT: String(LIMITS.address),
    SEGMENT_HOURLY_LIMIT: String(LIMITS.segment),
    LIVE_VERIFICATIONS: '20',
    THROTTLE_PER_MINUTE: '0',
  };
}
