import { Type } from 'class-transformer';
import {
  IsIn,
  IsObject,
  IsOptional,
  IsString,
  Length,
  Matches,
  MaxLength,
  ValidateNested,
} from 'class-validator';
import { ApiProperty } from '@nestjs/swagger';
import { ApiInstant, ApiList, ApiModel, ApiText, ApiUuid } from '../../common/api-fields.decorator';
import { asking, IsPlainText } from '../../common/validation';
import type { Channel } from '../../sms/sms-provider.interface';
import { UserDto } from '../../users/dto/user.dto';
import { IsEmailAddress } from '../../users/is-email-address.decorator';
import { IsUsername } from '../../users/is-username.decorator';
import { CaptchaAnswerDto } from '../../verification/dto/captcha.dto';
import { IsAcceptablePassword } from '../passwords/is-acceptable-password.decorator';
import { PASSWORD_MAX_LENGTH, PASSWORD_MIN_LENGTH } from '../passwords/password';
import { type StepName, STEPS } from '../registration/registration-steps';

@ApiModel('AuthRegistrationRequest', 'Whose registration begins.')
export class StartRegistrationDto {
  /**
   * A mobile number of an enabled country, in any usual spelling.
   * @example "13800138000"
   */
  @IsString()
  @MaxLength(40)
  readonly phone: string;

  /**
   * How the code travels. Default `sms`.
   * @example "sms"
   */
  @IsOptional()
  @IsIn(['sms', 'voice'])
  readonly channel?: Channel;

  /** A solved captcha, where one is asked for. */
  @IsOptional()
  @IsObject()
  @ValidateNested()
  @Type(() => CaptchaAnswerDto)
  readonly captcha?: CaptchaAnswerDto;
}

@ApiModel('AuthRegistrationPhone', 'The proof that the number is theirs.')
export class PhoneStepDto {
  /**
   * The digits as received.
   * @example "042931"
   */
  @IsString()
  @Matches(/^[0-9]{6,10}$/, asking('CODE'))
  @ApiText(10)
  readonly code: string;
}

@ApiModel('AuthRegistrationPassword', 'The password to log in with.')
export class PasswordStepDto {
  /**
   * 8 to 128 characters of any kind.
   * @example "correct horse battery staple"
   */
  @IsString()
  @IsAcceptablePassword()
  @ApiProperty({ minLength: PASSWORD_MIN_LENGTH, maxLength: PASSWORD_MAX_LENGTH })
  readonly password: string;
}

@ApiModel('AuthRegistrationProfile', 'What others see, and what else to log in with.')
export class ProfileStepDto {
  /**
   * The name shown to others.
   * @example "李雷"
   */
  @IsString()
  @Length(1, 64)
  @IsPlainText()
  readonly nickname: string;

  /**
   * A letter, then letters, digits, `_`, `.` or `-`; 3 to 32 in all. Unique without regard to case and to letters that
   * look alike.
   * @example "li_lei"
   */
  @IsOptional()
  @IsString()
  @IsUsername()
  readonly username?: string;

  /**
   * Unique without regard to case.
   * @example "li.lei@example.com"
   */
  @IsOptional()
  @IsString()
  @IsEmailAddress()
  readonly email?: string;
}

@ApiModel('AuthRegistrationCompletion', 'The consent that a registration ends with.')
export class CompleteRegistrationDto {
  /**
   * The version of the terms that were shown. Default: those in force, which `getPolicies` tells.
   * @example "1"
   */
  @IsOptional()
  @IsString()
  @MaxLength(64)
  readonly policyVersion?: string;
}

@ApiModel('AuthRegistrationStep', 'One step of a registration.')
export class StepDto {
  /** @example "phone" */
  @IsIn(STEPS)
  readonly name: StepName;
  /** @example true */
  readonly required: boolean;
  /** @example false */
  readonly done: boolean;
}

@ApiModel('AuthRegistrationStarted', 'A registration that has begun, and the code is on its way.')
export class StartedRegistrationDto {
  /** @example "019aa3c4-7d60-7c3e-9a55-0d6f3f1f8a10" */
  @ApiUuid()
  readonly registrationId: string;
  /**
   * The bearer token of all further steps. Nobody gets near the registration without it, and nobody is told it twice.
   * @example "gcg_EXAMPLE000000000000000000000000000000000000"
   */
  @ApiText(200, '^gcg_[A-Za-z0-9_-]+$')
  readonly registrationToken: string;
  /**
   * To follow the message with `getVerification`, and to have it sent again with `resendVerification`.
   * @example "019aa3c4-7d60-7c3e-9a55-0d6f3f1f8a10"
   */
  @ApiUuid()
  readonly verificationId: string;
  /** In their order. */
  @ApiList(10)
  readonly steps: StepDto[];
  /**
   * The code is to be presented until then; from each step on there is time for the next.
   * @example "2026-11-21T08:05:00.000Z"
   */
  @ApiInstant()
  readonly expiresAt: string;
}

@ApiModel('AuthRegistration', 'Where a registration stands.')
export class RegistrationDto {
  /** @example "019aa3c4-7d60-7c3e-9a55-0d6f3f1f8a10" */
  @ApiUuid()
  readonly registrationId: string;
  /** In their order. */
  @ApiList(10)
  readonly steps: StepDto[];
  /**
   * What has to be done before it can be completed.
   * @example ["profile"]
   */
  @ApiList(10)
  readonly missing: string[];
  /**
   * The next step is to be made until then.
   * @example "2026-11-21T08:30:00.000Z"
   */
  @ApiInstant()
  readonly expiresAt: string;
}

@ApiModel('AuthRegisteredUser', 'The account that a registration has become before.')
export class RegisteredUserDto {
  readonly user: UserDto;
}
