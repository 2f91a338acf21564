import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import { Problem } from '../../common/problem';
import { OauthClients, readCredentials } from './oauth-clients';

interface ClientRequest {
  readonly headers: { readonly authorization?: string };
  readonly body?: unknown;
  credentialHolder?: string;
}

/** Lets clients of `OAUTH_CLIENTS` pass, and nobody where there are none: who may ask about any token is an oracle. */
@Injectable()
export class OauthClientGuard implements CanActivate {
  constructor(private readonly clients: OauthClients) {}

  canActivate(context: ExecutionContext): boolean {
    const request = context.switchToHttp().getRequest<ClientRequest>();
    const credentials = readCredentials(request.headers.authorization, request.body);
    const client = credentials.find((each) => this.clients.areGood(each));
    if (!client) throw new Problem('CLIENT_UNAUTHENTICATED');
    request.credentialHolder = `client ${client.id}`;
    return true;
  }
}
