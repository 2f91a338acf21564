import { Inject, Injectable, Logger, Optional, type OnApplicationBootstrap } from '@nestjs/common';
import { randomUUID } from 'node:crypto';
import { Events } from '../common/events';
import { PubSub } from '../redis/pub-sub';
import { REDIS, type RedisConnection } from '../redis/redis-connection';
import { Circuit, type CircuitStateName } from './circuit';
import { faultOf } from './next-step';
import { SMS_PROVIDERS, type SmsOutcome, type SmsProvider } from './sms-provider.interface';
import type { SmsModuleOptions } from './sms.options';
import { SMS_OPTIONS } from './sms.tokens';

const CHANNEL = 'sms:faults';
/** The same fault of an account is told once in this time, milliseconds. */
const ALERT_EVERY_MS = 60_000;

/** What instances tell each other. */
interface News {
  readonly provider: string;
  readonly news: 'fault' | 'probe failed' | 'recovered';
  readonly instance: string;
}

/**
 * How the gateways are. Every instance has circuits of its own and hears of the faults that the others meet, so that
 * they open together; Redis keeps the recent ones for an instance that has just started.
 */
@Injectable()
export class ProviderHealth implements OnApplicationBootstrap {
  private readonly logger = new Logger(ProviderHealth.name);
  private readonly circuits = new Map<string, Circuit>();
  private readonly alerted = new Map<string, number>();
  private readonly instance = randomUUID();
  private readonly withinMs: number;

  constructor(
    @Inject(SMS_PROVIDERS) providers: readonly SmsProvider[],
    @Inject(SMS_OPTIONS) options: SmsModuleOptions,
    private readonly events: Events,
    @Optional() @Inject(REDIS) private readonly redis?: RedisConnection,
    @Optional() private readonly pubSub?: PubSub,
  ) {
    this.withinMs = options.circuit?.withinMs ?? 30_000;
    for (const { name, isSimulated } of providers) {
      const circuit = isSimulated ? { faults: Infinity } : (options.circuit ?? {});
      this.circuits.set(name, new Circuit(circuit, () => this.changed(name)));
    }
  }

  async onApplicationBootstrap(): Promise<void> {
    this.pubSub?.subscribe(CHANNEL, (message) => this.hear(message));
    await this.recall().catch(() => undefined);
  }

  stateOf(provider: string): CircuitStateName {
    return this.circuits.get(provider)!.state;
  }

  /** Milliseconds until the gateway may be called; 0 = now. */
  waitMs(provider: string): number {
    return this.circuits.get(provider)!.waitMs;
  }

  isAvailable(provider: string): boolean {
    return this.waitMs(provider) === 0;
  }

  /** Makes a call through the gateway's circuit; to be called in the turn in which it was available. */
  async call(provider: string, send: () => Promise<SmsOutcome>): Promise<SmsOutcome> {
    const isProbe = this.stateOf(provider) === 'open' && this.isAvailable(provider);
    const outcome = await this.circuits.get(provider)!.call(send);
    const isFault = faultOf(outcome) !== undefined;
    if (isFault) this.keep(provider);
    if (isProbe) this.tellOthers(provider, isFault ? 'probe failed' : 'recovered');
    else if (isFault) this.tellOthers(provider, 'fault');
    this.alert(provider, outcome);
    return outcome;
  }

  private changed(provider: string): void {
    const state = this.stateOf(provider);
    this.logger.warn({ event: 'sms.circuit.changed', provider, state });
    this.events.emit('sms.circuit.changed', { provider, state });
  }

  private alert(provider: string, outcome: SmsOutcome): void {
    if (outcome.kind !== 'refused' || !/[GBUP]/.test(outcome.refusal)) return;
    const { refusal, vendorCode, vendorText = null } = outcome;
    const key = `${provider} ${vendorCode}`;
    const now = Date.now();
    if (now - (this.alerted.get(key) ?? -Infinity) < ALERT_EVERY_MS) return;
    if (this.alerted.size > 1_000) this.alerted.clear();
    this.alerted.set(key, now);
    this.logger.error({ event: 'sms.provider.alert', provider, refusal, vendorCode, vendorText });
    this.events.emit('sms.provider.alert', { provider, refusal, vendorCode, vendorText });
  }

  private tellOthers(provider: string, news: News['news']): void {
    if (news === 'recovered') void this.redis?.client.del(this.key(provider)).catch(() => undefined);
    const word: News = { provider, news, instance: this.instance };
    this.pubSub?.publish(CHANNEL, JSON.stringify(word));
  }

  /** For instances that start within the next half minute. */
  private keep(provider: string): void {
    const now = Date.now();
    void this.redis?.client
      .zadd(this.key(provider), now, randomUUID())
      .then(() => this.redis!.client.pexpire(this.key(provider), this.withinMs))
      .catch(() => undefined);
  }

  private hear(message: string): void {
    const { provider, news, instance } = JSON.parse(message) as News;
    if (instance === this.instance) return;
    const circuit = this.circuits.get(provider);
    if (news === 'fault') circuit?.hearOfFault();
    else circuit?.hearOfProbe(news === 'recovered');
  }

  /** What the others met shortly before this instance was there. */
  private async recall(): Promise<void> {
    if (!this.redis) return;
    for (const [provider, circuit] of this.circuits) {
      const faults = await this.redis.client.zcount(this.key(provider), Date.now() - this.withinMs, '+inf');
      for (let fault = 0; fault < faults; fault += 1) circuit.hearOfFault();
    }
  }

  private key(provider: string): string {
    return `${this.redis!.prefix}sms:faults:${provider}`;
  }
}
