import { IsBoolean, IsIn, IsInt, IsOptional, IsString, Matches, Max, Min, ValidateIf } from 'class-validator';
import { ApiCount, ApiInstant, ApiList, ApiModel, ApiText } from '../../common/api-fields.decorator';
import { asking } from '../../common/validation';
import type { CircuitStateName } from '../circuit';

const WINDOWS = ['minute', 'hour', 'day'] as const;

@ApiModel('SmsProviderCounts', 'What a gateway did within the hour.')
export class ProviderCountsDto {
  /**
   * Calls: accepted, refused and unknown together.
   * @example 120
   */
  readonly sent: number;
  /** @example 117 */
  readonly accepted: number;
  /** @example 2 */
  readonly refused: number;
  /** @example 1 */
  readonly unknown: number;
  /** @example 108 */
  readonly delivered: number;
  /** @example 99 */
  readonly approved: number;
}

@ApiModel('SmsProviderState', 'A gateway: how it is, and what it is asked to do.')
export class ProviderDto {
  /** @example "tencent" */
  @ApiText(32)
  readonly name: string;
  /** @example ["sms"] */
  @ApiList(5)
  readonly channels: string[];
  /**
   * Its circuit, as this instance has it: an open one is not called.
   * @example "closed"
   */
  @IsIn(['closed', 'half-open', 'open'])
  readonly circuit: CircuitStateName;
  /**
   * Seconds until an open circuit is tried again; 0 = now.
   * @example 0
   */
  readonly probeIn: number;
  /**
   * Whether an operator keeps new messages from it.
   * @example false
   */
  readonly drained: boolean;
  /**
   * Share of the messages, by the configuration; null in a list without weights.
   * @example 3
   */
  readonly configuredWeight: number | null;
  /**
   * Share in force; conversion steers around it.
   * @example 3
   */
  readonly weight: number | null;
  /**
   * Place in the order, from 0.
   * @example 0
   */
  readonly position: number;
  /** Null when there were too many messages to count in time. */
  readonly lastHour: ProviderCountsDto | null;
  /**
   * What is left on the account, asked once a minute at the most; null when the gateway does not say.
   * @example 8800
   */
  @ApiCount({ maximum: 9_007_199_254_740_991 })
  readonly balance: number | null;
  /**
   * Messages, or minor units of a currency.
   * @example "messages"
   */
  @IsIn(['messages', 'minor-units'])
  readonly balanceUnit: 'messages' | 'minor-units' | null;
  /** @example "2026-11-21T08:00:00.000Z" */
  @ApiInstant()
  readonly balanceAt: string | null;
}

@ApiModel('SmsBudgetWindow', 'What was spent in a window that is open now; a limit of 0 means none.')
export class BudgetWindowDto {
  /** @example "day" */
  @IsIn(WINDOWS)
  readonly window: (typeof WINDOWS)[number];
  /** @example 1200 */
  readonly messages: number;
  /** @example 10000 */
  readonly messagesLimit: number;
  /**
   * Minor units of the configured currency.
   * @example 6000
   */
  readonly money: number;
  /** @example 0 */
  readonly moneyLimit: number;
}

@ApiModel('SmsProviderStateList', 'The gateways in the order in force, and the budgets.')
export class ProviderListDto {
  @ApiList(20)
  readonly items: ProviderDto[];
  /** @example null */
  @ApiText(64)
  readonly nextCursor: string | null;
  @ApiList(3)
  readonly budgets: BudgetWindowDto[];
}

@ApiModel('SmsProviderChangeRequest', 'Which gateway to change, and how. What is not given stays.')
export class ChangeProviderDto {
  /** @example "tencent" */
  @IsString()
  @Matches(/^[a-z-]{1,32}$/, asking('GATEWAY'))
  @ApiText(32)
  readonly name: string;

  /**
   * true keeps new messages from it; what is being sent is finished.
   * @example true
   */
  @IsOptional()
  @IsBoolean()
  readonly drained?: boolean;

  /**
   * Its share of the messages; null goes back to the configuration.
   * @example 3
   */
  @ValidateIf(({ weight }: ChangeProviderDto) => weight !== undefined && weight !== null)
  @IsInt()
  @Min(0)
  @Max(9_999)
  readonly weight?: number | null;

  /**
   * Its place in the order, from 0; the others move up or down.
   * @example 0
   */
  @IsOptional()
  @IsInt()
  @Min(0)
  @Max(99)
  readonly position?: number;
}

@ApiModel('SmsProviderChange', 'A gateway as it is now.')
export class ProviderChangeDto extends ProviderDto {
  /**
   * What the change has led to, if somebody should know; null otherwise.
   * @example null
   */
  @ApiText(300)
  readonly warning: string | null;
}
