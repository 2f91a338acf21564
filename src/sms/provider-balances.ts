import { setTimeout as sleep } from 'node:timers/promises';
import { Injectable, Logger } from '@nestjs/common';
import { redactText } from '../common/redaction';
import type { Balance, SmsProvider } from './sms-provider.interface';

/** How often an account is asked at the most, milliseconds. */
const ASK_EVERY_MS = 60_000;
/** How long whoever looks waits for an account, milliseconds. The call itself ends at the gateway's own deadline. */
const PATIENCE_MS = 1_000;

export interface KnownBalance extends Balance {
  readonly at: Date;
}

interface Asked {
  readonly at: number;
  readonly answer: Promise<void>;
}

/** What is left on the accounts, as far as the gateways say. Asked in the background, and remembered. */
@Injectable()
export class ProviderBalances {
  private readonly logger = new Logger(ProviderBalances.name);
  private readonly asked = new Map<string, Asked>();
  private readonly known = new Map<string, KnownBalance>();

  /** @returns the latest that is known, after a moment's wait for news; undefined when there is nothing to know */
  async of(provider: SmsProvider): Promise<KnownBalance | undefined> {
    if (!provider.balance) return undefined;
    const before = this.asked.get(provider.name);
    const isRecent = before && Date.now() - before.at < ASK_EVERY_MS;
    const { answer } = isRecent ? before : this.ask(provider);
    await orAfter(answer, PATIENCE_MS);
    return this.known.get(provider.name);
  }

  private ask(provider: SmsProvider): Asked {
    const asked = { at: Date.now(), answer: this.learn(provider) };
    this.asked.set(provider.name, asked);
    return asked;
  }

  private async learn(provider: SmsProvider): Promise<void> {
    try {
      const balance = await provider.balance!();
      if (balance) this.known.set(provider.name, { ...balance, at: new Date() });
      else this.known.delete(provider.name);
    } catch (error) {
      this.known.delete(provider.name);
      const message = redactText(String(error));
      this.logger.warn({ event: 'sms.balance.unread', provider: provider.name, message });
    }
  }
}

async function orAfter(work: Promise<void>, ms: number): Promise<void> {
  const timer = new AbortController();
  const patience = sleep(ms, undefined, { signal: timer.signal, ref: false }).catch(() => undefined);
  await Promise.race([work, patience]);
  timer.abort();
}
