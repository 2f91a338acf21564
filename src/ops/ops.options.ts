import { ConfigurableModuleBuilder } from '@nestjs/common';
import type { PoliciesDto } from './dto/policies.dto';
import type { HealthCheck } from './health-checks';

export interface OpsModuleOptions {
  /** Asked by /readyz beside the database, its migrations and Redis, where the application has them. */
  readonly checks?: readonly HealthCheck[];
  /** Answered by `GET /policies`. */
  readonly policies?: PoliciesDto;
}

export const { ConfigurableModuleClass: OpsModuleClass, MODULE_OPTIONS_TOKEN: OPS_OPTIONS } =
  new ConfigurableModuleBuilder<OpsModuleOptions>({ moduleName: 'GatecodeOps' })
    .setClassMethodName('forRoot')
    .build();
