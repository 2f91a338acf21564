import { ApiProperty } from '@nestjs/swagger';
import { IsNotEmpty, IsOptional, IsString, MaxLength } from 'class-validator';
import { ApiModel } from '../../common/api-fields.decorator';
import { IsAcceptablePassword } from '../passwords/is-acceptable-password.decorator';
import { PASSWORD_MAX_LENGTH, PASSWORD_MIN_LENGTH } from '../passwords/password';

@ApiModel('AuthPasswordChange', 'A new password. Without the old one it needs a step-up.')
export class ChangePasswordDto {
  /** @example "correct horse battery staple" */
  @IsOptional()
  @IsString()
  @IsNotEmpty()
  @MaxLength(512)
  readonly currentPassword?: string;

  /**
   * 8 to 128 characters of any kind; none that is common, or made of your own name or number.
   * @example "seven otters in a teapot"
   */
  @IsString()
  @IsAcceptablePassword()
  @ApiProperty({ minLength: PASSWORD_MIN_LENGTH, maxLength: PASSWORD_MAX_LENGTH })
  readonly newPassword: string;
}

@ApiModel('AuthPasswordReset', 'A new password, for the account of a number that was just proven.')
export class ResetPasswordDto {
  /**
   * What a right code of purpose `reset_password` was exchanged for.
   * @example "gct_EXAMPLE0000000000000000000000000000000000000"
   */
  @IsString()
  @IsNotEmpty()
  @MaxLength(200)
  readonly ticket: string;

  /**
   * 8 to 128 characters of any kind; none that is common, or made of your own name or number.
   * @example "seven otters in a teapot"
   */
  @IsString()
  @IsAcceptablePassword()
  @ApiProperty({ minLength: PASSWORD_MIN_LENGTH, maxLength: PASSWORD_MAX_LENGTH })
  readonly newPassword: string;
}
