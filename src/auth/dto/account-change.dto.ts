import { IsNotEmpty, IsString, MaxLength, ValidateIf } from 'class-validator';
import { ApiModel } from '../../common/api-fields.decorator';
import { IsEmailAddress } from '../../users/is-email-address.decorator';
import { IsUsername } from '../../users/is-username.decorator';

@ApiModel('AuthPhoneChange', 'A new number, proven by a ticket.')
export class ChangePhoneDto {
  /**
   * What a right code of purpose `change_phone` was exchanged for, sent to the new number by the same user.
   * @example "gct_EXAMPLE0000000000000000000000000000000000000"
   */
  @IsString()
  @IsNotEmpty()
  @MaxLength(200)
  readonly ticket: string;
}

@ApiModel('AuthUsernameChange', 'A new user name.')
export class ChangeUsernameDto {
  /**
   * A letter, then letters, digits, `_`, `.` or `-`; 3 to 32 in all. Unique without regard to case and look-alike
   * letters.
   * @example "han_meimei"
   */
  @IsString()
  @IsUsername()
  readonly username: string;
}

@ApiModel('AuthEmailChange', 'A new e-mail address, or none.')
export class ChangeEmailDto {
  /**
   * `null` takes it away.
   * @example "li.lei@example.org"
   */
  @ValidateIf(({ email }: ChangeEmailDto) => email !== null)
  @IsString()
  @IsEmailAddress()
  readonly email: string | null;
}
