import { asking } from '../common/validation';
import { applyDecorators } from '@nestjs/common';
import { ApiProperty } from '@nestjs/swagger';
import { Matches, ValidateBy } from 'class-validator';
import { USERNAME, usernameFault, type UsernameFault } from './username';

const ADVICE: Readonly<Record<UsernameFault, string>> = {
  USERNAME_RESERVED: 'a name that is not taken for one of the house',
  USERNAME_LIKE_PHONE: 'a name that does not look like a phone number',
};

/** A user name that can be had, if it is free. Case and look-alike letters: see `username.ts`. */
export function IsUsername(): PropertyDecorator {
  const rules = (Object.keys(ADVICE) as UsernameFault[]).map((fault) =>
    ValidateBy(
      {
        name: fault,
        validator: {
          validate: (value) => typeof value === 'string' && usernameFault(value) !== fault,
          defaultMessage: () => ADVICE[fault],
        },
      },
      { context: { code: fault } },
    ),
  );
  return applyDecorators(
    Matches(USERNAME, asking('USERNAME')),
    ...rules,
    ApiProperty({ maxLength: 32, pattern: USERNAME.source }),
  );
}
