import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import type { Request, Response } from 'express';
import type { AuthenticatedUser } from '../../common/authenticated-user';
import { Problem } from '../../common/problem';
import type { VerifiedToken } from '../../tokens/access-token';
import { VerifiedTokens } from '../../tokens/verified-tokens';
import { JwtStrategy } from './jwt.strategy';
import { KeysService } from '../keys/keys.service';
import { Revocations } from './revocations';

const BEARER = /^Bearer /i;

/** Tells who the bearer of a request is, by the strategy of this module. No store is asked. */
@Injectable()
export class JwtAuthenticator implements CanActivate {
  private readonly verified = new VerifiedTokens();

  constructor(
    private readonly strategy: JwtStrategy,
    private readonly keys: KeysService,
    private readonly revocations: Revocations,
  ) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const http = context.switchToHttp();
    const request = http.getRequest<Request & { user?: AuthenticatedUser }>();
    const { authorization } = request.headers;
    if (authorization === undefined) throw new Problem('UNAUTHENTICATED');
    const token =
      this.verified.get(authorization) ?? (await this.verify(authorization, request, http.getResponse()));
    // Tokens that are remembered as good, too: their key may have been compromised since.
    if (!this.keys.has(token.keyId) || this.revocations.concern(token)) throw new Problem('TOKEN_INVALID');
    request.user = token.user;
    return true;
  }

  private async verify(authorization: string, request: Request, response: Response): Promise<VerifiedToken> {
    const token = await new Promise<VerifiedToken | undefined>((resolve, reject) => {
      const done = (error: unknown, found?: VerifiedToken | false) => {
        if (!error) return resolve(found || undefined);
        reject(error instanceof Error ? error : new Error('The token could not be verified'));
      };
      this.strategy.authenticateWith(done)(request, response, done);
    });
    if (!token) throw new Problem(BEARER.test(authorization) ? 'TOKEN_INVALID' : 'UNAUTHENTICATED');
    this.verified.add(authorization, token);
    return token;
  }
}
