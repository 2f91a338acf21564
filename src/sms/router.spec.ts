import type { Conversions } from './conversions';
import type { ProviderHealth } from './provider-health';
import type { ProviderSettings } from './provider-settings';
import { Router } from './router';
import type { Channel, SmsProvider } from './sms-provider.interface';

interface Gateway {
  readonly drained?: boolean;
  readonly waitMs?: number;
  readonly channels?: readonly Channel[];
}

function routerOf(gateways: Readonly<Record<string, Gateway>>): Router {
  const providers = Object.entries(gateways).map(
    ([name, { channels = ['sms'] }]) => ({ name, channels: new Set(channels) }) as unknown as SmsProvider,
  );
  const health = { waitMs: (name: string) => gateways[name].waitMs ?? 0 } as ProviderHealth;
  const settings = { of: (name: string) => ({ drained: gateways[name].drained }) } as ProviderSettings;
  return new Router(providers, { countries: [] } as never, health, settings, {} as Conversions);
}

describe('The wait for a gateway', () => {
  it.each<[string, Readonly<Record<string, Gateway>>, number | undefined]>([
    ['nothing when one is there', { a: { waitMs: 9_000 }, b: {} }, 0],
    ['until the first probe', { a: { waitMs: 9_000 }, b: { waitMs: 4_000 } }, 4_000],
    ['not for one that is drained', { a: { waitMs: 9_000 }, b: { drained: true, waitMs: 4_000 } }, 9_000],
    ['not for one of another channel', { a: { waitMs: 9_000 }, b: { channels: ['voice'] } }, 9_000],
    ['unknown when all are drained', { a: { drained: true }, b: { drained: true, waitMs: 1 } }, undefined],
  ])('is %s', (_, gateways, waitMs) => {
    expect(routerOf(gateways).waitMs('sms')).toBe(waitMs);
  });
});
