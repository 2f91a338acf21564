import { Inject, Injectable } from '@nestjs/common';
import { AuditService } from '../audit/audit.service';
import { invalidMember } from '../common/problem';
import { SmsBudget } from './budget';
import type {
  BudgetWindowDto,
  ChangeProviderDto,
  ProviderChangeDto,
  ProviderCountsDto,
  ProviderDto,
} from './dto/admin-provider.dto';
import { ProviderBalances } from './provider-balances';
import { ProviderHealth } from './provider-health';
import { type ProviderChange, ProviderSettings } from './provider-settings';
import { Router } from './router';
import { type Channel, SMS_PROVIDERS, type SmsProvider } from './sms-provider.interface';
import { SmsStatistics } from './sms-statistics';
import type { SmsModuleOptions } from './sms.options';
import { SMS_OPTIONS } from './sms.tokens';

const HOUR_MS = 3_600_000;
const NOTHING: ProviderCountsDto = {
  sent: 0,
  accepted: 0,
  refused: 0,
  unknown: 0,
  delivered: 0,
  approved: 0,
};

/** The gateways as operators see and steer them. */
@Injectable()
export class AdminProviders {
  constructor(
    @Inject(SMS_PROVIDERS) private readonly providers: readonly SmsProvider[],
    @Inject(SMS_OPTIONS) private readonly options: SmsModuleOptions,
    private readonly router: Router,
    private readonly health: ProviderHealth,
    private readonly settings: ProviderSettings,
    private readonly statistics: SmsStatistics,
    private readonly balances: ProviderBalances,
    private readonly budget: SmsBudget,
    private readonly audit: AuditService,
  ) {}

  /** In the order in force. */
  async list(): Promise<ProviderDto[]> {
    const counts = await this.lastHour();
    return Promise.all(this.router.inOrder().map((provider, place) => this.view(provider, place, counts)));
  }

  async budgets(): Promise<BudgetWindowDto[]> {
    const spending = this.budget.isSet ? await this.budget.spending() : [];
    return spending.map(({ window, messages, money }) => ({
      window: window as BudgetWindowDto['window'],
      messages: messages.used,
      messagesLimit: messages.limit,
      money: money.used,
      moneyLimit: money.limit,
    }));
  }

  /**
   * Takes effect on all instances at once, and is written to the audit log together with it.
   * @throws {Problem} VALIDATION_FAILED when there is no such gateway, or nothing to change
   */
  async change(request: ChangeProviderDto, actor: string): Promise<ProviderChangeDto> {
    const { name, weight } = request;
    // Null is as good as nothing, but for a weight.
    const drained = request.drained ?? undefined;
    const position = request.position ?? undefined;
    if (!this.providers.some((provider) => provider.name === name))
      throw invalidMember('#/name', 'PROVIDER_UNKNOWN');
    const asked = { ...(drained !== undefined && { drained }), ...(weight !== undefined && { weight }) };
    if (Object.keys(asked).length === 0 && position === undefined)
      throw invalidMember('#', 'NOTHING_TO_CHANGE');
    const changes = new Map<string, ProviderChange>(position === undefined ? [] : this.moved(name, position));
    changes.set(name, { ...changes.get(name), ...asked });
    const action =
      drained === undefined ? 'provider.changed' : drained ? 'provider.drained' : 'provider.resumed';
    const detail = { ...asked, ...(position !== undefined && { position }) };
    await this.settings.changeAll(changes, (manager) =>
      this.audit.record({ actor, action, subject: name, detail }, manager),
    );
    const place = this.router.inOrder().findIndex((provider) => provider.name === name);
    const counts = await this.lastHour();
    return { ...(await this.view(this.router.inOrder()[place], place, counts)), warning: this.warning() };
  }

  /** Places of all gateways once one has moved: with only its own place written, it would share that with another. */
  private moved(name: string, position: number): [string, ProviderChange][] {
    const order = this.router.inOrder().map((provider) => provider.name);
    const others = order.filter((other) => other !== name);
    others.splice(position, 0, name);
    return others.map((each, place) => [each, { position: place }]);
  }

  private warning(): string | null {
    const channels = new Set<Channel>(this.providers.flatMap((provider) => [...provider.channels]));
    const without = [...channels].filter((channel) => this.router.waitMs(channel) !== 0);
    if (without.length === 0) return null;
    return `No gateway is left for ${without.join(' and ')}: new codes are refused (SMS_UNAVAILABLE) until there is one.`;
  }

  /** @returns undefined when there were too many messages to count in time */
  private async lastHour(): Promise<ReadonlyMap<string, ProviderCountsDto> | undefined> {
    const to = new Date();
    const groups = await this.statistics.read({ from: new Date(to.getTime() - HOUR_MS), to }, ['provider']);
    return groups && new Map(groups.map((group) => [group.provider!, countsOf(group)]));
  }

  private async view(
    provider: SmsProvider,
    position: number,
    counts: ReadonlyMap<string, ProviderCountsDto> | undefined,
  ): Promise<ProviderDto> {
    const { name, channels } = provider;
    const balance = await this.balances.of(provider);
    return {
      name,
      channels: [...channels],
      circuit: this.health.stateOf(name),
      probeIn: Math.ceil(this.health.waitMs(name) / 1_000),
      drained: this.settings.of(name)?.drained ?? false,
      configuredWeight: this.options.weights?.[name] ?? null,
      weight: this.router.weightOf(name) ?? null,
      position,
      lastHour: counts ? (counts.get(name) ?? NOTHING) : null,
      balance: balance?.left ?? null,
      balanceUnit: balance?.unit ?? null,
      balanceAt: balance?.at.toISOString() ?? null,
    };
  }
}

function countsOf(group: ProviderCountsDto): ProviderCountsDto {
  const { sent, accepted, refused, unknown, delivered, approved } = group;
  return { sent, accepted, refused, unknown, delivered, approved };
}
