import { applyDecorators, Body, Controller, HttpCode, Post, UseGuards } from '@nestjs/common';
import { ApiBody, ApiConsumes, ApiOperation, ApiSecurity, ApiTags } from '@nestjs/swagger';
import { HttpContract } from '../../common/http-contract.decorator';
import { invalidMember } from '../../common/problem';
import { Problems } from '../../common/problems.decorator';
import { ChangesNothing } from '../../idempotency/changes-nothing.decorator';
import { RateLimit } from '../../rate-limit/rate-limit.decorator';
import { IntrospectionDto, TokenFormDto } from '../dto/oauth.dto';
import { OauthClientGuard } from './oauth-client.guard';
import { TokenInquiries } from './token-inquiries';

/** Name of the security scheme in the API document. */
export const CLIENT_SCHEME = 'client';

/** Takes a form with a token, of clients that are known. */
const TakesToken = () =>
  applyDecorators(
    // Before anybody looks at the client: guesses at secrets count, too.
    RateLimit('oauth'),
    UseGuards(OauthClientGuard),
    ApiSecurity(CLIENT_SCHEME),
    ApiConsumes('application/x-www-form-urlencoded'),
    ApiBody({ type: TokenFormDto }),
  );

@ApiTags('oauth')
@HttpContract()
@Controller('oauth')
export class OauthController {
  constructor(private readonly inquiries: TokenInquiries) {}

  /**
   * For services that can't verify tokens themselves, or must know this very moment whether the session still lives: the
   * database is asked. Whatever is wrong with a token, the answer is `{"active": false}` (RFC 7662).
   */
  @Post('introspect')
  @HttpCode(200)
  @TakesToken()
  @ChangesNothing()
  @Problems('CLIENT_UNAUTHENTICATED', 'RATE_LIMITED')
  @ApiOperation({ operationId: 'introspectToken', summary: 'Ask whether a token is good, and what it says' })
  introspect(@Body() form: unknown): Promise<IntrospectionDto> {
    return this.inquiries.introspect(tokenOf(form));
  }

  /** Ends the session of an access or refresh token. A token that is no good needs no end, and is answered alike (RFC 7009). */
  @Post('revoke')
  @HttpCode(200)
  @TakesToken()
  @Problems('CLIENT_UNAUTHENTICATED', 'RATE_LIMITED')
  @ApiOperation({ operationId: 'revokeToken', summary: 'End the session that a token belongs to' })
  async revoke(@Body() form: unknown): Promise<void> {
    await this.inquiries.revoke(tokenOf(form));
  }
}

/** OAuth wants what else is in a form to be ignored, so that it is not held against a DTO. */
function tokenOf(form: unknown): string {
  const token = (form as { token?: unknown } | undefined)?.token;
  if (token === undefined || token === '') throw invalidMember('#/token', 'REQUIRED');
  if (typeof token !== 'string') throw invalidMember('#/token', 'IS_STRING');
  return token;
}
