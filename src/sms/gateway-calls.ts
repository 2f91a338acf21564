import { setTimeout as sleep } from 'node:timers/promises';
import { Inject, Injectable, Logger } from '@nestjs/common';
import { crashPoint } from '../common/crash-points';
import { PhoneVault } from '../common/phone-vault';
import { AttemptRecorder, type Call } from './attempt-recorder';
import { nextStep, type NextStep } from './next-step';
import type { ClaimedMessage } from './outbox-statements';
import { ProviderHealth } from './provider-health';
import type { Hop } from './route';
import {
  type OutgoingMessage,
  type RefusalClass,
  SMS_PROVIDERS,
  type SmsProvider,
} from './sms-provider.interface';
import type { SmsModuleOptions } from './sms.options';
import { inSendSpan } from './sms-spans';
import { SMS_OPTIONS } from './sms.tokens';

export type End = Extract<NextStep, { step: 'settle' }>;

interface Ended {
  readonly last: Call;
  readonly end: End;
}

/** Calls one gateway after the other until one call settles the message. */
@Injectable()
export class GatewayCalls {
  private readonly logger = new Logger(GatewayCalls.name);
  private readonly failOverOn: ReadonlySet<RefusalClass>;

  constructor(
    private readonly recorder: AttemptRecorder,
    private readonly health: ProviderHealth,
    private readonly vault: PhoneVault,
    @Inject(SMS_PROVIDERS) private readonly providers: readonly SmsProvider[],
    @Inject(SMS_OPTIONS) { failOverOn }: SmsModuleOptions,
  ) {
    this.failOverOn = new Set(failOverOn);
  }

  /**
   * @param first of `route`: where to begin
   * @param stopping ends the waiting between two calls: the message goes back to the outbox then
   * @returns nothing when the message is not ours any more
   */
  async untilSettled(
    message: ClaimedMessage,
    values: Readonly<Record<string, string>>,
    route: readonly Hop[],
    first: Hop,
    stopping: AbortSignal,
  ): Promise<Ended | undefined> {
    const calls: Call[] = [];
    let hop = first;
    for (;;) {
      const call = await this.call(hop.provider, this.outgoing(message, values, hop.provider, calls));
      crashPoint('called');
      calls.push(call);
      const next = this.stepAfter(call, calls, route, message);
      const state = next.step === 'settle' ? next.state : stopping.aborted ? 'queued' : 'calling';
      const number = message.attempts + calls.length;
      const held = await this.recorder.record(message, call, { number, route: hop.reason, state, next });
      crashPoint('recorded');
      if (!held || state === 'queued') return undefined;
      if (next.step === 'settle') return { last: call, end: next };
      if (next.again) await sleep(200 + Math.random() * 300);
      hop = { provider: next.provider, reason: reasonFor(next, call, route) };
    }
  }

  private outgoing(
    message: ClaimedMessage,
    values: Readonly<Record<string, string>>,
    provider: string,
    calls: readonly Call[],
  ): OutgoingMessage {
    const before = calls.filter((call) => call.provider === provider);
    const { id, channel, purpose, locale } = message;
    return {
      id,
      phone: this.vault.read(message.phone_ciphertext),
      channel,
      purpose,
      locale,
      values,
      submission: 1 + before.filter(({ outcome }) => outcome.kind === 'refused').length + message.attempts,
      repeats: before.some(({ outcome }) => outcome.kind === 'unknown'),
    };
  }

  private async call(name: string, outgoing: OutgoingMessage): Promise<Call> {
    const provider = this.providerOf(name);
    const startedAt = new Date();
    crashPoint('claimed');
    const outcome = await this.health.call(name, async () => {
      try {
        return await inSendSpan(name, outgoing, () => provider.send(outgoing));
      } catch (error) {
        // A fault of ours in mid-call: whether the gateway took the message, nobody knows.
        this.logger.error({ event: 'sms.provider.threw', provider: name, message: String(error) });
        return { kind: 'unknown', reason: 'crash' };
      }
    });
    return { provider: name, outcome, startedAt, finishedAt: new Date() };
  }

  private stepAfter(
    { provider, outcome }: Call,
    calls: readonly Call[],
    route: readonly Hop[],
    message: ClaimedMessage,
  ): NextStep {
    const called = calls.map((call) => call.provider);
    const open = route.map((hop) => hop.provider).filter((name) => this.health.isAvailable(name));
    return nextStep(outcome, called, open, {
      failOverOn: this.failOverOn,
      isIdempotent: this.providerOf(provider).isIdempotent && message.channel === 'sms',
      mayRepeat: this.health.isAvailable(provider),
    });
  }

  private providerOf(name: string): SmsProvider {
    return this.providers.find((provider) => provider.name === name)!;
  }
}

function reasonFor(
  next: Extract<NextStep, { step: 'call' }>,
  { provider, outcome }: Call,
  route: readonly Hop[],
): string {
  if (next.again) return outcome.kind === 'unknown' ? 'repeated under the same key' : 'tried once more';
  const said = outcome.kind === 'refused' ? `${outcome.refusal} ${outcome.vendorCode}` : outcome.kind;
  return `after ${provider} said ${said}; ${route.find((hop) => hop.provider === next.provider)!.reason}`;
}
