import { Injectable, Logger } from '@nestjs/common';
import { Events } from '../common/events';
import { countryOf } from '../common/phone';
import { PhoneVault } from '../common/phone-vault';
import { Conversions } from './conversions';
import type { NextStep } from './next-step';
import type { ClaimedMessage } from './outbox-statements';
import type { MessageFacts } from './sms-events';
import type { SmsOutcome } from './sms-provider.interface';

export interface AttemptReport {
  readonly provider: string;
  readonly outcome: SmsOutcome;
  readonly number: number;
  readonly cost: number | null;
  readonly next: NextStep;
  readonly ms: number;
}

/** Tells the log, listeners and the conversion counts how messages fare. */
@Injectable()
export class DeliveryReport {
  private readonly logger = new Logger('SmsDelivery');

  constructor(
    private readonly events: Events,
    private readonly conversions: Conversions,
    private readonly vault: PhoneVault,
  ) {}

  attempt(message: ClaimedMessage, report: AttemptReport): void {
    this.log(message, report);
    const { provider, outcome, number, cost, next, ms } = report;
    const vendorCode = outcome.vendorCode ?? null;
    const facts = { ...this.factsOf(message), provider, number, vendorCode, durationMs: ms };
    if (outcome.kind === 'accepted') {
      this.events.emit('sms.attempt.accepted', { ...facts, segments: outcome.segments ?? null, cost });
      this.countSent(message, provider);
    } else if (outcome.kind === 'refused') {
      this.events.emit('sms.attempt.refused', { ...facts, refusal: outcome.refusal, next: wordsFor(next) });
    } else {
      this.events.emit('sms.attempt.unknown', { ...facts, reason: outcome.reason });
    }
  }

  failed(message: ClaimedMessage, state: 'refused' | 'expired'): void {
    this.events.emit('sms.message.failed', { ...this.factsOf(message), state });
  }

  factsOf({ id, reference, purpose, channel, phone_ciphertext: phone }: ClaimedMessage): MessageFacts {
    return { messageId: id, reference, purpose, channel, country: countryOf(this.vault.read(phone)) };
  }

  private countSent({ purpose, segment_index: segment }: ClaimedMessage, provider: string): void {
    if (segment) this.conversions.record({ provider, purpose, segment: segment.toString('base64url') });
  }

  private log(message: ClaimedMessage, { provider, outcome, next }: AttemptReport): void {
    const { kind, ...rest } = outcome;
    const line = {
      event: `sms.attempt.${kind}`,
      messageId: message.id,
      provider,
      purpose: message.purpose,
      ...rest,
    };
    if (kind === 'accepted') this.logger.debug(line);
    else this.logger.warn({ ...line, next: wordsFor(next) });
  }
}

function wordsFor(next: NextStep): string {
  return next.step === 'call' ? `call ${next.provider}` : next.state;
}
