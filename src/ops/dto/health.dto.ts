import { IsIn } from 'class-validator';
import { ApiModel, ApiList, ApiText } from '../../common/api-fields.decorator';

@ApiModel('OpsHealthCheck', 'One thing that this instance needs.')
export class HealthCheckDto {
  /** @example "database" */
  @ApiText(64)
  readonly name: string;
  /** @example true */
  readonly ok: boolean;
}

@ApiModel('OpsHealthReport', 'Whether this instance can serve.')
export class HealthReportDto {
  /** @example "ok" */
  @IsIn(['ok', 'unavailable', 'draining'])
  readonly status: 'ok' | 'unavailable' | 'draining';
  @ApiList(50)
  readonly checks: HealthCheckDto[];
}
