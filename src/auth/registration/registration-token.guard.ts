import { type CanActivate, type ExecutionContext, Inject, Injectable } from '@nestjs/common';
import { Problem } from '../../common/problem';
import { AUTH_OPTIONS, type AuthModuleOptions } from '../auth.options';
import { isRegistrationToken } from './registration-token';

interface RegistrationRequest {
  readonly headers: { readonly authorization?: string };
  readonly params: { readonly registrationId: string };
  credentialHolder?: string;
}

/** Lets nobody near a registration but the holder of its token: to know its id or its number is not enough. */
@Injectable()
export class RegistrationTokenGuard implements CanActivate {
  constructor(@Inject(AUTH_OPTIONS) private readonly options: AuthModuleOptions) {}

  canActivate(context: ExecutionContext): boolean {
    const request = context.switchToHttp().getRequest<RegistrationRequest>();
    const { headers, params } = request;
    if (headers.authorization === undefined) throw new Problem('UNAUTHENTICATED');
    const [, token = ''] = /^Bearer +(\S+)$/i.exec(headers.authorization) ?? [];
    const key = this.options.secrets.key('registration');
    if (!isRegistrationToken(key, params.registrationId, token)) throw new Problem('TOKEN_INVALID');
    request.credentialHolder = `registration ${params.registrationId}`;
    return true;
  }
}
