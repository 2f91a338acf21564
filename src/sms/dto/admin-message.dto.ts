import { ApiProperty } from '@nestjs/swagger';
import { IsIn, IsOptional, IsString, Matches, MaxLength } from 'class-validator';
import { ApiCount, ApiInstant, ApiList, ApiModel, ApiText, ApiUuid } from '../../common/api-fields.decorator';
import { PageQueryDto } from '../../common/dto/page.dto';
import { asking } from '../../common/validation';
import type { MessageState } from '../message.entity';
import type { Channel } from '../sms-provider.interface';
import type { TimelineDetail } from '../timeline';

const STATES = [
  'queued',
  'calling',
  'accepted',
  'delivered',
  'undelivered',
  'refused',
  'unknown',
  'withheld',
  'expired',
] as const satisfies readonly MessageState[];

@ApiModel('SmsMessagesQuery', 'Which messages are wanted.')
export class MessagesQueryDto extends PageQueryDto {
  /**
   * Only messages to this number, in any usual spelling. Asking by number is written to the audit log.
   * @example "13800138000"
   */
  @IsOptional()
  @IsString()
  @MaxLength(40)
  readonly phone?: string;

  /**
   * Only messages in this state.
   * @example "undelivered"
   */
  @IsOptional()
  @IsIn(STATES)
  readonly state?: MessageState;

  /**
   * Only messages whose last call was of this gateway.
   * @example "tencent"
   */
  @IsOptional()
  @IsString()
  @Matches(/^[a-z-]{1,32}$/, asking('GATEWAY'))
  @ApiText(32)
  readonly provider?: string;
}

@ApiModel('SmsMessage', 'A message, without what it says.')
export class AdminMessageDto {
  /** @example "019aa3c4-7d60-7c3e-9a55-0d6f3f1f8a10" */
  @ApiUuid()
  readonly id: string;
  /**
   * Masked.
   * @example "138****8000"
   */
  @ApiText(20)
  readonly phone: string;
  /** @example "login" */
  @ApiText(32)
  readonly purpose: string;
  /** @example "sms" */
  @IsIn(['sms', 'voice'])
  readonly channel: Channel;
  /**
   * `withheld` was never sent, which nobody who asked could tell.
   * @example "delivered"
   */
  @IsIn(STATES)
  readonly state: MessageState;
  /**
   * The gateway that was called last.
   * @example "tencent"
   */
  @ApiText(32)
  readonly provider: string | null;
  /** @example "2026-11-21T08:00:00.000Z" */
  @ApiInstant()
  readonly createdAt: string;
  /** @example "2026-11-21T08:00:01.000Z" */
  @ApiInstant()
  readonly settledAt: string | null;
  /**
   * When its reader proved to have got it.
   * @example "2026-11-21T08:00:20.000Z"
   */
  @ApiInstant()
  readonly approvedAt: string | null;
  /**
   * Calls of gateways.
   * @example 1
   */
  @ApiCount({ maximum: 1_000 })
  readonly attempts: number;
  /**
   * Minor units of the configured currency; null without a price.
   * @example 5
   */
  readonly cost: number | null;
}

@ApiModel('SmsMessageList', 'Messages, newest first.')
export class AdminMessageListDto {
  @ApiList(100)
  readonly items: AdminMessageDto[];
  /**
   * A page may hold fewer messages than asked for, even none, and still name the next one: few messages that are
   * looked for are searched for among many.
   * @example null
   */
  @ApiUuid()
  readonly nextCursor: string | null;
}

@ApiModel('SmsTimelineEntry', 'One thing that happened to a message, or because of it.')
export class TimelineEntryDto {
  /** @example "2026-11-21T08:00:00.300Z" */
  @ApiInstant()
  readonly at: string;
  /**
   * `admitted`, `queued`, `attempt`, `receipt`, `settled`, `rerouted`, `approved`; of a verification also
   * `check.mismatch` and `verified`. There may be more.
   * @example "attempt"
   */
  @ApiText(32)
  readonly what: string;
  /**
   * By what happened. `admitted`: `requestId`, and the counts it was admitted on. `attempt`: `number`, `provider`,
   * `route` (why this gateway), `outcome`, `refusal` (class), `reading` (what the class means), `vendorCode`,
   * `vendorText`, `vendorRequestId`, `vendorMessageId`, `segments`, `cost`, `durationMs`. `receipt`: `provider`,
   * `status`, `carrierCode`, `reportedAt`. `rerouted`: `from` or `to`, a message. `settled`: `state`.
   * @example { "number": 1, "provider": "tencent", "outcome": "accepted", "durationMs": 180 }
   */
  @ApiProperty({ type: 'object', additionalProperties: true })
  readonly detail: TimelineDetail;
}

@ApiModel('SmsMessageTimeline', 'A message, and all that is known of it.')
export class AdminMessageTimelineDto extends AdminMessageDto {
  /** In the order of time. How codes were checked is known for an hour after they expired. */
  @ApiList(200)
  readonly timeline: TimelineEntryDto[];
}
