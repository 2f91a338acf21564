import { ApiProperty } from '@nestjs/swagger';
import { IsOptional, IsString, Matches, MaxLength } from 'class-validator';
import { ApiInstant, ApiList, ApiModel, ApiText, ApiUuid } from '../../common/api-fields.decorator';
import { PageQueryDto } from '../../common/dto/page.dto';
import { asking } from '../../common/validation';
import type { AuditDetail } from '../audit-event.entity';

@ApiModel('GatecodeAuditQuery', 'Which events are wanted.')
export class AuditQueryDto extends PageQueryDto {
  /**
   * Only events of this action.
   * @example "provider.drained"
   */
  @IsOptional()
  @IsString()
  @MaxLength(64)
  readonly action?: string;

  /**
   * Only what this user did (an id), or `system`.
   * @example "system"
   */
  @IsOptional()
  @IsString()
  @Matches(/^(system|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12})$/, asking('ACTOR'))
  @ApiText(36)
  readonly actor?: string;
}

@ApiModel('GatecodeAuditEvent', 'What somebody did.')
export class AuditEventDto {
  /** @example "019aa3c4-7d60-7c3e-9a55-0d6f3f1f8a10" */
  @ApiUuid()
  readonly id: string;
  /** @example "2026-11-21T08:00:00.000Z" */
  @ApiInstant()
  readonly at: string;
  /**
   * The id of a user, or `system`.
   * @example "019aa3c4-7d60-7c3e-9a55-0d6f3f1f8a11"
   */
  @ApiText(36)
  readonly actor: string;
  /** @example "provider.drained" */
  @ApiText(64)
  readonly action: string;
  /**
   * What it was done to; a number is masked.
   * @example "tencent"
   */
  @ApiText(128)
  readonly subject: string | null;
  /**
   * What more there is to say, by action.
   * @example { "drained": true }
   */
  @ApiProperty({ type: 'object', additionalProperties: true })
  readonly detail: AuditDetail;
  /**
   * The request by which it was done.
   * @example "019aa3c4-7d60-7c3e-9a55-0d6f3f1f8a1f"
   */
  @ApiText(128)
  readonly requestId: string | null;
}

@ApiModel('GatecodeAuditEventList', 'What was done, newest first.')
export class AuditEventListDto {
  @ApiList(100)
  readonly items: AuditEventDto[];
  /** @example null */
  @ApiUuid()
  readonly nextCursor: string | null;
}
