import { Inject, Injectable } from '@nestjs/common';
import { DeliveryReport } from './delivery-report';
import type { NextStep } from './next-step';
import { Outbox } from './outbox';
import type { ClaimedMessage } from './outbox-statements';
import type { SmsOutcome } from './sms-provider.interface';
import type { SmsModuleOptions } from './sms.options';
import { SMS_OPTIONS } from './sms.tokens';

/** One call that was made for a message. */
export interface Call {
  readonly provider: string;
  readonly outcome: SmsOutcome;
  readonly startedAt: Date;
  readonly finishedAt: Date;
}

/** Where a call leaves its message. */
interface Stand {
  /** The message's attempts so far, this one included. */
  readonly number: number;
  /** The sentence why this gateway was called. */
  readonly route: string;
  readonly state: 'accepted' | 'unknown' | 'refused' | 'queued' | 'calling';
  readonly next: NextStep;
}

/** Writes calls down: in the outbox first, then for everybody who listens. */
@Injectable()
export class AttemptRecorder {
  constructor(
    private readonly outbox: Outbox,
    private readonly reports: DeliveryReport,
    @Inject(SMS_OPTIONS) private readonly options: SmsModuleOptions,
  ) {}

  /** @returns false when the message has become another dispatcher's */
  async record(message: ClaimedMessage, call: Call, stand: Stand): Promise<boolean> {
    const { number, next, ...written } = stand;
    const cost = this.costOf(call);
    const held = await this.outbox.record({
      ...call,
      ...written,
      messageId: message.id,
      fence: message.fence,
      number,
      nextProvider: next.step === 'call' ? next.provider : null,
      keepContent: call.provider === 'inbox',
      cost,
    });
    const ms = call.finishedAt.getTime() - call.startedAt.getTime();
    const { provider, outcome } = call;
    this.reports.attempt(message, { provider, outcome, number, cost, next, ms });
    return held;
  }

  /** @returns what the gateway charges, in the units of SMS_PRICES; null when nothing or unknown */
  costOf({ provider, outcome }: Call): number | null {
    const price = this.options.prices?.[provider];
    return price === undefined || outcome.kind !== 'accepted' ? null : price * (outcome.segments ?? 1);
  }
}
