import { applyDecorators } from '@nestjs/common';
import { ApiProperty } from '@nestjs/swagger';
import { ValidateBy } from 'class-validator';
import { EMAIL_MAX_LENGTH, isEmailAddress } from './email';

/** An e-mail address that somebody may give as theirs. */
export function IsEmailAddress(): PropertyDecorator {
  return applyDecorators(
    ValidateBy(
      {
        name: 'isEmailAddress',
        validator: {
          validate: isEmailAddress,
          defaultMessage: () => 'an e-mail address, its local part in ASCII',
        },
      },
      { context: { code: 'EMAIL_INVALID' } },
    ),
    ApiProperty({ format: 'email', minLength: 3, maxLength: EMAIL_MAX_LENGTH }),
  );
}
