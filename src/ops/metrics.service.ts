import { Injectable } from '@nestjs/common';
import { Metrics } from './metrics';
import { MetricsStores } from './metrics-stores';

/** The text format of Prometheus. Source: https://prometheus.io/docs/instrumenting/exposition_formats/ */
export const METRICS_TYPE = 'text/plain; version=0.0.4; charset=utf-8';

@Injectable()
export class MetricsService {
  constructor(
    private readonly metrics: Metrics,
    private readonly stores: MetricsStores,
  ) {}

  /** Everything there is to know now. A store that is gone makes it shorter, and never fails it. */
  async scrape(): Promise<string> {
    await this.stores.refresh();
    return this.metrics.text();
  }
}
