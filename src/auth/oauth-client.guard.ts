import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import { Problem } from '../common/problem';
import { OauthClients, readCredentials } from './oauth-clients';

interface ClientRequest {
  readonly headers: { readonly authorization?: string };
  readonly body?: unknown;
}

/** Lets clients of `OAUTH_CLIENTS` pass, and nobody where there are none: who may ask about any token is an oracle. */
@Injectable()
export class OauthClientGuard implements CanActivate {
  constructor(private readonly clients: OauthClients) {}

  canActivate(context: ExecutionContext): boolean {
    const { headers, body } = context.switchToHttp().getRequest<ClientRequest>();
    const credentials = readCredentials(headers.authorization, body);
    if (!credentials.some((each) => this.clients.areGood(each))) throw new Problem('CLIENT_UNAUTHENTICATED');
    return true;
  }
}
