import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import type { Request, Response } from 'express';
import type { AuthenticatedUser } from '../common/authenticated-user';
import { Problem } from '../common/problem';
import { JwtStrategy } from './jwt.strategy';

const BEARER = /^Bearer /i;

/** Runs the strategy of this module on a request. What guards stand before is none of its business. */
@Injectable()
export class JwtAuthenticator implements CanActivate {
  constructor(private readonly strategy: JwtStrategy) {}

  canActivate(context: ExecutionContext): Promise<boolean> {
    const http = context.switchToHttp();
    const request = http.getRequest<Request & { user?: AuthenticatedUser }>();
    return new Promise((resolve, reject) => {
      const done = (error: unknown, user?: AuthenticatedUser | false) => {
        if (error)
          return reject(error instanceof Error ? error : new Error('The token could not be verified'));
        if (!user) return reject(refusal(request.headers.authorization));
        request.user = user;
        resolve(true);
      };
      this.strategy.authenticateWith(done)(request, http.getResponse<Response>(), done);
    });
  }
}

function refusal(authorization: string | undefined): Problem {
  return new Problem(BEARER.test(authorization ?? '') ? 'TOKEN_INVALID' : 'UNAUTHENTICATED');
}
