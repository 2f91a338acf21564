import { ApiProperty } from '@nestjs/swagger';
import { IsISO8601, IsOptional, IsString, Matches } from 'class-validator';
import { ApiInstant, ApiList, ApiModel, ApiText } from '../../common/api-fields.decorator';
import { asking } from '../../common/validation';

@ApiModel('SmsStatisticsQuery', 'Which time is meant, and what to tell apart.')
export class StatsQueryDto {
  /**
   * From this instant (RFC 3339). Default: a day before `to`.
   * @example "2026-11-21T00:00:00Z"
   */
  @IsOptional()
  @IsISO8601({ strict: true })
  @ApiInstant()
  readonly from?: string;

  /**
   * To before this instant, at most seven days later. Default: now.
   * @example "2026-11-22T00:00:00Z"
   */
  @IsOptional()
  @IsISO8601({ strict: true })
  @ApiInstant()
  readonly to?: string;

  /**
   * What to tell apart, with commas: `provider`, `purpose`, `segment`, `hour`. Default: one group of all.
   * @example "provider,purpose"
   */
  @IsOptional()
  @IsString()
  @Matches(/^(provider|purpose|segment|hour)(,(provider|purpose|segment|hour)){0,3}$/, asking('DIMENSIONS'))
  @ApiText(40)
  readonly by?: string;
}

@ApiModel('SmsStatisticsGroup', 'Calls of gateways, and what came of them.')
export class StatsItemDto {
  /**
   * Null unless asked for, like the other members that tell groups apart.
   * @example "tencent"
   */
  @ApiText(32)
  readonly provider: string | null;
  /** @example "login" */
  @ApiText(32)
  readonly purpose: string | null;
  /**
   * Tells one segment of numbers from another.
   * @example "9f2c41d07ab3"
   */
  @ApiText(12)
  readonly segment: string | null;
  /** @example "1380013****" */
  @ApiText(20)
  readonly segmentPrefix: string | null;
  /**
   * When the hour began in which the messages were asked for.
   * @example "2026-11-21T08:00:00.000Z"
   */
  @ApiInstant()
  readonly hour: string | null;
  /**
   * Calls of gateways: accepted, refused and unknown together. A message that failed over is several.
   * @example 1000
   */
  readonly sent: number;
  /** @example 968 */
  readonly accepted: number;
  /** @example 28 */
  readonly refused: number;
  /**
   * Calls after which nobody knew, whatever receipts said later.
   * @example 4
   */
  readonly unknown: number;
  /**
   * Messages that a receipt says arrived. Not every gateway sends receipts.
   * @example 930
   */
  readonly delivered: number;
  /** @example 12 */
  readonly undelivered: number;
  /**
   * Messages whose code was typed in.
   * @example 871
   */
  readonly approved: number;
  /**
   * Approved of the messages that were taken, or may have been; null when there are none.
   * @example 0.8961
   */
  @ApiProperty({ format: 'double', minimum: 0, maximum: 1 })
  readonly conversionRate: number | null;
  /**
   * Milliseconds from request to approval.
   * @example 14200
   */
  readonly approvalMsMedian: number | null;
  /** @example 48000 */
  readonly approvalMsP95: number | null;
  /**
   * Milliseconds that a call took.
   * @example 180
   */
  readonly callMsMedian: number | null;
  /** @example 420 */
  readonly callMsP95: number | null;
  /**
   * Minor units of the configured currency; null without a price.
   * @example 4840
   */
  readonly cost: number | null;
}

@ApiModel('SmsStatistics', 'What the gateways did in a time.')
export class StatsDto {
  /** @example "2026-11-21T00:00:00.000Z" */
  @ApiInstant()
  readonly from: string;
  /** @example "2026-11-22T00:00:00.000Z" */
  @ApiInstant()
  readonly to: string;
  /** The most calls first. */
  @ApiList(1_000)
  readonly items: StatsItemDto[];
  /**
   * Whether there were more groups than are shown.
   * @example false
   */
  readonly truncated: boolean;
}
