import { type CanActivate, type ExecutionContext, Inject, Injectable } from '@nestjs/common';
import type { AuthenticatedUser } from '../common/authenticated-user';
import { Problem } from '../common/problem';
import type { VerifiedToken } from '../tokens/access-token';
import { TokenVerifier } from '../tokens/token-verifier';
import { VerifiedTokens } from '../tokens/verified-tokens';
import { HeardRevocations } from './heard-revocations';
import { JWKS_AUTH_OPTIONS, type JwksAuthModuleOptions } from './jwks-auth.options';
import { JwksKeys } from './jwks-keys';

interface BearerRequest {
  readonly headers: { readonly authorization?: string };
  user?: AuthenticatedUser;
}

const BEARER = /^Bearer +(\S+) *$/i;
const CLOCK_TOLERANCE_S = 5;

/** Tells who the bearer of a request is, by the issuer's keys. No store is asked. */
@Injectable()
export class JwksAuthenticator implements CanActivate {
  private readonly verified = new VerifiedTokens();
  private readonly verifier: TokenVerifier;

  constructor(
    private readonly keys: JwksKeys,
    private readonly revocations: HeardRevocations,
    @Inject(JWKS_AUTH_OPTIONS) options: JwksAuthModuleOptions,
  ) {
    const { issuer, audience, clockTolerance = CLOCK_TOLERANCE_S } = options;
    this.verifier = new TokenVerifier(keys, { issuer, audience, clockTolerance });
  }

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const request = context.switchToHttp().getRequest<BearerRequest>();
    const [, text] = BEARER.exec(request.headers.authorization ?? '') ?? [];
    if (text === undefined) throw new Problem('UNAUTHENTICATED');
    const token = this.verified.get(text) ?? (await this.verify(text));
    if (!this.keys.has(token.keyId) || this.revocations.concern(token)) throw new Problem('TOKEN_INVALID');
    request.user = token.user;
    return true;
  }

  private async verify(text: string): Promise<VerifiedToken> {
    const token = await this.verifier.verify(text);
    if (!token) throw new Problem('TOKEN_INVALID');
    this.verified.add(text, token);
    return token;
  }
}
