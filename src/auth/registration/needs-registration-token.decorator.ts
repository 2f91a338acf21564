import { applyDecorators, UseGuards } from '@nestjs/common';
import { ApiSecurity } from '@nestjs/swagger';
import { ApiId } from '../../common/api-fields.decorator';
import { RegistrationTokenGuard } from './registration-token.guard';

/** Name of the security scheme in the API document. */
export const REGISTRATION_SCHEME = 'registration';

/** For routes of one registration: open to the holder of its token only. */
export function NeedsRegistrationToken(): MethodDecorator {
  return applyDecorators(
    UseGuards(RegistrationTokenGuard),
    ApiSecurity(REGISTRATION_SCHEME),
    ApiId('registrationId', 'As startRegistration answered it.'),
  );
}
