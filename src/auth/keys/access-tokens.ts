import { Inject, Injectable } from '@nestjs/common';
import { uuidv7 } from 'uuidv7';
import type { AccessTokenClaims } from '../../tokens/access-token';
import { AUTH_OPTIONS, type AuthModuleOptions } from '../auth.options';
import { KeysService } from './keys.service';
import { TokenSigner } from './token-signer';

export interface TokenSubject {
  readonly userId: string;
  readonly sessionId: string;
  readonly roles: readonly string[];
  readonly amr: readonly string[];
  /** Seconds since the epoch. */
  readonly authTime: number;
  readonly generation: number;
}

/** Issues access tokens. */
@Injectable()
export class AccessTokens {
  constructor(
    private readonly signer: TokenSigner,
    private readonly keys: KeysService,
    @Inject(AUTH_OPTIONS) private readonly options: AuthModuleOptions,
  ) {}

  async issue(subject: TokenSubject): Promise<{ accessToken: string; expiresIn: number }> {
    const { issuer, audience, accessTokenTtl: expiresIn } = this.options;
    const claims: AccessTokenClaims = {
      sub: subject.userId,
      sid: subject.sessionId,
      roles: subject.roles,
      client_id: audience,
      auth_time: subject.authTime,
      amr: subject.amr,
      gen: subject.generation,
    };
    const registered = { issuer, audience, expiresIn, jwtid: uuidv7() };
    const accessToken = await this.signer.sign(claims, registered, await this.keys.current());
    return { accessToken, expiresIn };
  }
}
