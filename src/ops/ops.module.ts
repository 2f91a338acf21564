import { Module } from '@nestjs/common';
import { DrainService } from './drain.service';
import { HealthController } from './health.controller';
import { HealthService } from './health.service';
import { OpsModuleClass } from './ops.options';

export type { OpsModuleOptions } from './ops.options';

/** /livez and /readyz. Checks the stores that the application has, without being told. */
@Module({
  controllers: [HealthController],
  providers: [HealthService, DrainService],
  exports: [DrainService, HealthService],
})
export class OpsModule extends OpsModuleClass {}
