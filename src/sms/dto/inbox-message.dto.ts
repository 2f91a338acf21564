import { IsIn, IsInt, IsISO8601, IsOptional, IsString, Max, MaxLength, Min } from 'class-validator';
import { Type } from 'class-transformer';

export class InboxQueryDto {
  /**
   * Only messages to this number, in any spelling the API takes.
   * @example "13800138000"
   */
  @IsOptional()
  @IsString()
  @MaxLength(40)
  readonly to?: string;

  /**
   * Only messages of this purpose.
   * @example "login"
   */
  @IsOptional()
  @IsString()
  @MaxLength(32)
  readonly purpose?: string;

  /**
   * Only messages created after this instant (RFC 3339).
   * @example "2026-11-21T08:00:00Z"
   */
  @IsOptional()
  @IsISO8601({ strict: true })
  readonly after?: string;
}

export class LatestInboxQueryDto extends InboxQueryDto {
  /**
   * How long to wait for such a message, milliseconds.
   * @example 5000
   */
  @IsOptional()
  @Type(() => Number)
  @IsInt()
  @Min(0)
  @Max(30_000)
  readonly waitMs?: number;
}

/** A message that the inbox took instead of a gateway. */
export class InboxMessageDto {
  /** @example "019aa3c4-7d60-7c3e-9a55-0d6f3f1f8a10" */
  readonly id: string;
  /**
   * E.164.
   * @example "+8613800138000"
   */
  readonly to: string;
  /**
   * The verification code in it; null when the message has none.
   * @example "042931"
   */
  readonly code: string | null;
  /** @example "login" */
  readonly purpose: string;
  /** @example "inbox" */
  readonly provider: string;
  /**
   * The text as a phone would show it.
   * @example "【Gatecode】您的验证码是042931，5分钟内有效，请勿告诉他人。"
   */
  readonly rendered: string;
  /** @example "2026-11-21T08:00:00.000Z" */
  readonly createdAt: string;
  /** @example "accepted" */
  @IsIn(['accepted'])
  readonly status: string;
}

export class InboxMessageListDto {
  /** Newest first. */
  readonly items: InboxMessageDto[];
}
