import { Module } from '@nestjs/common';
import { EventsModule } from '../common/events.module';
import { Metrics } from './metrics';
import { MetricsListener } from './metrics-listener';
import { MetricsStores } from './metrics-stores';
import { MetricsController } from './metrics.controller';
import { MetricsModuleClass } from './metrics.options';
import { MetricsServer } from './metrics.server';
import { MetricsService } from './metrics.service';

export type { BudgetShare, MetricsModuleOptions } from './metrics.options';

/** Metrics for Prometheus, of whatever other modules of ours the application has. */
@Module({
  imports: [EventsModule],
  controllers: [MetricsController],
  providers: [Metrics, MetricsListener, MetricsStores, MetricsService, MetricsServer],
  exports: [Metrics, MetricsService],
})
export class MetricsModule extends MetricsModuleClass {}
