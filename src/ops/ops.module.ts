import { Module } from '@nestjs/common';
import { DrainService } from './drain.service';
import { HealthController } from './health.controller';
import { HealthService } from './health.service';
import { OpsModuleClass } from './ops.options';
import { PoliciesController } from './policies.controller';

export type { OpsModuleOptions } from './ops.options';

/** /livez, /readyz and the policies. Checks the stores that the application has, without being told. */
@Module({
  controllers: [HealthController, PoliciesController],
  providers: [HealthService, DrainService],
  exports: [DrainService, HealthService],
})
export class OpsModule extends OpsModuleClass {}
