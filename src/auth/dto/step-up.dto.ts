import { asking } from '../../common/validation';
import { IsDefined, IsNotEmpty, IsString, Matches, MaxLength, ValidateIf } from 'class-validator';
import { ApiInstant, ApiModel, ApiText } from '../../common/api-fields.decorator';

const byPassword = ({ password, verificationId, code }: StepUpRequestDto): boolean =>
  password !== undefined || (verificationId === undefined && code === undefined);
const byCode = ({ verificationId, code }: StepUpRequestDto): boolean =>
  verificationId !== undefined || code !== undefined;

@ApiModel('AuthStepUpRequest', 'Either your `password`, or `verificationId` and `code`.')
export class StepUpRequestDto {
  /** @example "correct horse battery staple" */
  @ValidateIf(byPassword)
  @IsDefined()
  @IsString()
  @IsNotEmpty()
  @MaxLength(512)
  readonly password?: string;

  /**
   * In place of a password: a verification of purpose `step_up` or `delete_account`, which you asked for.
   * @example "019aa3c4-7d60-7c3e-9a55-0d6f3f1f8a10"
   */
  @ValidateIf(byCode)
  @IsDefined()
  @IsString()
  @MaxLength(64)
  readonly verificationId?: string;

  /**
   * In place of a password: the digits as received.
   * @example "042931"
   */
  @ValidateIf(byCode)
  @IsDefined()
  @IsString()
  @Matches(/^[0-9]{6,10}$/, asking('CODE'))
  @ApiText(10)
  readonly code?: string;
}

@ApiModel('AuthStepUp', 'For how long sensitive calls of this session pass.')
export class StepUpDto {
  /** @example "2026-11-21T08:05:00.000Z" */
  @ApiInstant()
  readonly expiresAt: string;
}
