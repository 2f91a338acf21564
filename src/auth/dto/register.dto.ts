import { ApiProperty } from '@nestjs/swagger';
import { ApiModel, ApiText } from '../../common/api-fields.decorator';
import { PASSWORD_MAX_LENGTH, PASSWORD_MIN_LENGTH } from '../passwords/password';
import {
  IsDefined,
  IsNotEmpty,
  IsOptional,
  IsString,
  Length,
  Matches,
  MaxLength,
  ValidateIf,
} from 'class-validator';
import { asking, IsPlainText } from '../../common/validation';
import { IsEmailAddress } from '../../users/is-email-address.decorator';
import { IsUsername } from '../../users/is-username.decorator';
import { IsAcceptablePassword } from '../passwords/is-acceptable-password.decorator';

const withoutTicket = ({ ticket }: RegisterDto): boolean => ticket === undefined;

@ApiModel('AuthRegisterRequest', 'Either a `ticket`, or `verificationId` and `code`; the rest is optional.')
export class RegisterDto {
  /**
   * What a right code of purpose `register` was exchanged for.
   * @example "gct_EXAMPLE0000000000000000000000000000000000000"
   */
  @ValidateIf(({ ticket }: RegisterDto) => ticket !== undefined)
  @IsString()
  @IsNotEmpty()
  @MaxLength(200)
  readonly ticket?: string;

  /**
   * In place of a ticket: the verification, of purpose `register`.
   * @example "019aa3c4-7d60-7c3e-9a55-0d6f3f1f8a10"
   */
  @ValidateIf(withoutTicket)
  @IsDefined()
  @IsString()
  @MaxLength(64)
  readonly verificationId?: string;

  /**
   * In place of a ticket: the digits as received.
   * @example "042931"
   */
  @ValidateIf(withoutTicket)
  @IsDefined()
  @IsString()
  @Matches(/^[0-9]{6,10}$/, asking('CODE'))
  @ApiText(10)
  readonly code?: string;

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
   * 8 to 128 characters of any kind.
   * @example "correct horse battery staple"
   */
  @IsOptional()
  @IsString()
  @IsAcceptablePassword()
  @ApiProperty({ minLength: PASSWORD_MIN_LENGTH, maxLength: PASSWORD_MAX_LENGTH })
  readonly password?: string;

  /**
   * The name shown to others.
   * @example "李雷"
   */
  @IsOptional()
  @IsString()
  @Length(1, 64)
  @IsPlainText()
  readonly nickname?: string;

  /**
   * Unique without regard to case.
   * @example "li.lei@example.com"
   */
  @IsOptional()
  @IsString()
  @IsEmailAddress()
  readonly email?: string;

  /**
   * The version of the terms that were shown. Default: those in force, which `getPolicies` tells.
   * @example "1"
   */
  @IsOptional()
  @IsString()
  @MaxLength(64)
  readonly policyVersion?: string;
}
