import { ConfigurableModuleBuilder } from '@nestjs/common';

/** How much of one budget is used. */
export interface BudgetShare {
  readonly window: string;
  readonly kind: string;
  /** 0 to 1; more when it was exceeded. */
  readonly ratio: number;
}

export interface MetricsModuleOptions {
  /** Serves `/metrics` on a port of its own; 0 takes any. Unset: no such port. */
  readonly port?: number;
  /** @default '127.0.0.1' */
  readonly host?: string;
  /** Serves `GET /metrics` beside the API, to whoever sends it as a bearer token. */
  readonly token?: string;
  /** Serves `GET /metrics` beside the API to callers on this machine, without a token. For development. */
  readonly openToLoopback?: boolean;
  /** Gateways in use, so that their circuits are shown before anything happened to them. */
  readonly providers?: readonly string[];
  /** ISO 4217 code of what prices are given in. @default 'CNY' */
  readonly currency?: string;
  /** Asked at every scrape, where there are budgets. */
  readonly budgets?: () => Promise<readonly BudgetShare[]>;
}

export const { ConfigurableModuleClass: MetricsModuleClass, MODULE_OPTIONS_TOKEN: METRICS_OPTIONS } =
  new ConfigurableModuleBuilder<MetricsModuleOptions>({ moduleName: 'GatecodeMetrics' })
    .setClassMethodName('forRoot')
    .build();
