import { Inject, Injectable } from '@nestjs/common';
import { Conversions } from './conversions';
import type { ClaimedMessage } from './outbox-statements';
import { ProviderHealth } from './provider-health';
import { ProviderSettings } from './provider-settings';
import { type Candidate, type Hop, routeFor } from './route';
import {
  type Channel,
  type OutgoingMessage,
  SMS_PROVIDERS,
  type SmsProvider,
} from './sms-provider.interface';
import type { SmsModuleOptions } from './sms.options';
import { SMS_OPTIONS } from './sms.tokens';

/** Gathers what is known of the gateways, and has {@link routeFor} decide. */
@Injectable()
export class Router {
  constructor(
    @Inject(SMS_PROVIDERS) private readonly providers: readonly SmsProvider[],
    @Inject(SMS_OPTIONS) private readonly options: SmsModuleOptions,
    private readonly health: ProviderHealth,
    private readonly settings: ProviderSettings,
    private readonly conversions: Conversions,
  ) {}

  /** The gateways that could take a message now, in the order in which to call them. */
  async route(
    message: Pick<ClaimedMessage, 'channel' | 'purpose' | 'locale' | 'avoid' | 'segment_index'>,
  ): Promise<Hop[]> {
    const providers = this.inOrder(message.channel).filter((provider) => takes(provider, message));
    const weights = providers.map(({ name }) => this.weightOf(name));
    const isWeighted = weights.some((weight) => weight !== undefined);
    const view =
      isWeighted && message.segment_index
        ? await this.conversions.view(message.purpose, message.segment_index.toString('base64url'))
        : undefined;
    const candidates = providers.map(({ name }, place): Candidate => ({
      name,
      weight: weights[place],
      isAvailable: this.isOpenFor(name),
      segment: view?.segment.get(name),
      overall: view?.overall.get(name),
    }));
    return routeFor(candidates, message.avoid ?? [], Math.random, this.options.steering);
  }

  /** Whether a gateway has words or a template for such messages, whether or not it can be called now. */
  hasWordsFor(message: Pick<OutgoingMessage, 'channel' | 'purpose' | 'locale'>): boolean {
    return this.inOrder(message.channel).some((provider) => takes(provider, message));
  }

  /** Milliseconds until a message could leave by this channel; 0 = now, undefined = never as things stand. */
  waitMs(channel: Channel): number | undefined {
    const waits = this.inOrder(channel)
      .filter(({ name }) => !this.settings.of(name)?.drained)
      .map(({ name }) => this.health.waitMs(name));
    return waits.length > 0 ? Math.min(...waits) : undefined;
  }

  /** Gateways that can use a channel, in the order that configuration and operators gave them. */
  inOrder(channel?: Channel): SmsProvider[] {
    const usable = this.providers.filter(({ channels }) => !channel || channels.has(channel));
    const place = ({ name }: SmsProvider) =>
      this.settings.of(name)?.position ?? this.providers.findIndex((p) => p.name === name);
    return usable.sort((one, other) => place(one) - place(other));
  }

  weightOf(provider: string): number | undefined {
    return this.settings.of(provider)?.weight ?? this.options.weights?.[provider];
  }

  private isOpenFor(provider: string): boolean {
    return !this.settings.of(provider)?.drained && this.health.isAvailable(provider);
  }
}

function takes(provider: SmsProvider, message: Pick<OutgoingMessage, 'purpose' | 'locale'>): boolean {
  return provider.takes?.(message) ?? true;
}
