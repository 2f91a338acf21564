import { Type } from 'class-transformer';
import { IsIn, IsInt, IsNotEmpty, IsOptional, IsString, Max, MaxLength, Min } from 'class-validator';
import { ApiCount, ApiInstant, ApiList, ApiModel, ApiText, ApiUuid } from '../../common/api-fields.decorator';
import { IsPlainText } from '../../common/validation';
import type { BlockEffect, BlockKind } from '../block.entity';

const KINDS = ['phone', 'segment'] as const;
const EFFECTS = ['block', 'challenge'] as const;

@ApiModel('VerificationBlockRequest', 'Whom to send no codes to, how long, and why.')
export class CreateBlockDto {
  /**
   * One number, or all that share its segment: in mainland China its first seven digits.
   * @example "segment"
   */
  @IsIn(KINDS)
  readonly kind: BlockKind;

  /**
   * The number, or one of the segment, in any usual spelling.
   * @example "13800138000"
   */
  @IsString()
  @MaxLength(40)
  readonly phone: string;

  /**
   * `block` refuses every send; `challenge` asks for a captcha each time. Default `block`.
   * @example "block"
   */
  @IsOptional()
  @IsIn(EFFECTS)
  readonly effect?: BlockEffect;

  /**
   * For those who find the block later. Whole numbers in it are masked.
   * @example "pumping, ticket 4711"
   */
  @IsString()
  @IsNotEmpty()
  @MaxLength(200)
  @IsPlainText()
  readonly reason: string;

  /**
   * How long, up to a year.
   * @example 24
   */
  @Type(() => Number)
  @IsInt()
  @Min(1)
  @Max(8_760)
  @ApiCount({ minimum: 1, maximum: 8_760 })
  readonly hours: number;
}

@ApiModel('VerificationBlock', 'A number or a segment that is sent no codes.')
export class BlockDto {
  /** @example "019aa3c4-7d60-7c3e-9a55-0d6f3f1f8a10" */
  @ApiUuid()
  readonly id: string;
  /** @example "segment" */
  @IsIn(KINDS)
  readonly kind: BlockKind;
  /**
   * Whom it concerns, masked.
   * @example "1380013****"
   */
  @ApiText(32)
  readonly hint: string;
  /** @example "block" */
  @IsIn(EFFECTS)
  readonly effect: BlockEffect;
  /**
   * Whether the guard against pumping made it: then it ends by itself when the segment has room again.
   * @example false
   */
  readonly automatic: boolean;
  /** @example "pumping, ticket 4711" */
  @ApiText(200)
  readonly reason: string;
  /**
   * The id of a user, or `system`.
   * @example "019aa3c4-7d60-7c3e-9a55-0d6f3f1f8a11"
   */
  @ApiText(36)
  readonly createdBy: string;
  /** @example "2026-11-21T08:00:00.000Z" */
  @ApiInstant()
  readonly createdAt: string;
  /** @example "2026-11-22T08:00:00.000Z" */
  @ApiInstant()
  readonly expiresAt: string;
}

@ApiModel('VerificationBlockList', 'The blocks in force, newest first.')
export class BlockListDto {
  @ApiList(100)
  readonly items: BlockDto[];
  /** @example null */
  @ApiUuid()
  readonly nextCursor: string | null;
}

@ApiModel('VerificationLimitsQuery', 'Whose limits are meant.')
export class LimitsQueryDto {
  /**
   * A mobile number of an enabled country, in any usual spelling.
   * @example "13800138000"
   */
  @IsString()
  @MaxLength(40)
  readonly phone: string;
}
