import {
  Body,
  Controller,
  Delete,
  Get,
  Header,
  HttpCode,
  Param,
  Post,
  Query,
  UseGuards,
} from '@nestjs/common';
import { ApiBearerAuth, ApiBody, ApiOperation, ApiTags } from '@nestjs/swagger';
import { ApiId } from '../../common/api-fields.decorator';
import type { AuthenticatedUser } from '../../common/authenticated-user';
import { CurrentUser } from '../../common/current-user.decorator';
import { PageQueryDto } from '../../common/dto/page.dto';
import { HttpContract } from '../../common/http-contract.decorator';
import { JwtAuthGuard } from '../../common/jwt-auth.guard';
import { PAGE_SIZE, pageOf } from '../../common/page';
import { Problem } from '../../common/problem';
import { Problems } from '../../common/problems.decorator';
import { readUuid } from '../../common/uuid';
import { RateLimit } from '../../rate-limit/rate-limit.decorator';
import { AccountsService } from '../log-in/accounts.service';
import { CREATE_SESSION } from '../dto/auth.examples';
import {
  type CodeGrant,
  CreateSessionDto,
  type PasswordGrant,
  RefreshSessionDto,
  SessionAnswerDto,
  SessionListDto,
} from '../dto/session.dto';
import { PasswordLogIn } from '../log-in/password-log-in';
import { RequestOrigin } from './request-origin.decorator';
import { type Origin, SessionsService } from './sessions.service';

@ApiTags('sessions')
@HttpContract()
@Controller('sessions')
export class SessionsController {
  constructor(
    private readonly accounts: AccountsService,
    private readonly passwords: PasswordLogIn,
    private readonly sessions: SessionsService,
  ) {}

  /**
   * Opens a session. By `code`: with a verification of purpose `login`; `createUser` makes an account for a number
   * that has none. By `password`: with a user name, a phone number or an e-mail address; every failure looks the same.
   * After some wrong passwords a captcha is asked for, then there is a growing wait; a code always opens the account.
   */
  @Post()
  @RateLimit('sessions')
  @Header('Cache-Control', 'no-store')
  @ApiBody({ type: CreateSessionDto, examples: CREATE_SESSION })
  @Problems(
    'LOGIN_FAILED',
    'SECOND_PROOF_REQUIRED',
    'CAPTCHA_REQUIRED',
    'CAPTCHA_INVALID',
    'VERIFICATION_UNKNOWN',
    'VERIFICATION_EXPIRED',
    'VERIFICATION_USED',
    'VERIFICATION_EXHAUSTED',
    'CODE_MISMATCH',
    'ACCOUNT_NOT_FOUND',
    'CHECK_LIMIT',
    'LOGIN_DELAYED',
    'PASSWORD_HOURLY_LIMIT',
    'RATE_LIMITED',
    'OVERLOADED',
  )
  @ApiOperation({ operationId: 'createSession', summary: 'Log in by code or by password' })
  create(@Body() request: CreateSessionDto, @RequestOrigin() origin: Origin): Promise<SessionAnswerDto> {
    return request.grant === 'code'
      ? this.accounts.logInByCode(request as CodeGrant, origin)
      : this.passwords.logIn(request as PasswordGrant, origin, request.captcha);
  }

  /**
   * Every refresh token works once. A token that is used again some time later ends the session, since two hold it then;
   * within the first seconds it answers with the same successor, so that a lost answer does no harm.
   */
  @Post('refresh')
  @HttpCode(200)
  @RateLimit('refresh')
  @Header('Cache-Control', 'no-store')
  @Problems('REFRESH_INVALID', 'REFRESH_REUSED', 'RATE_LIMITED')
  @ApiOperation({ operationId: 'refreshSession', summary: 'Exchange a refresh token for a new pair' })
  refresh(
    @Body() { refreshToken }: RefreshSessionDto,
    @RequestOrigin() origin: Origin,
  ): Promise<SessionAnswerDto> {
    return this.sessions.refresh(refreshToken, origin);
  }

  /** Where you are signed in, newest use first. */
  @Get()
  @UseGuards(JwtAuthGuard)
  @ApiBearerAuth()
  @Header('Cache-Control', 'no-store')
  @ApiOperation({ operationId: 'listSessions', summary: 'List your own sessions' })
  async list(
    @CurrentUser() user: AuthenticatedUser,
    @Query() { limit = PAGE_SIZE, cursor }: PageQueryDto,
  ): Promise<SessionListDto> {
    const { rows, nextCursor } = pageOf(await this.sessions.list(user.userId, limit + 1, cursor), limit);
    return {
      items: rows.map((session) => ({
        id: session.id,
        current: session.id === user.sessionId,
        device: session.device,
        ip: session.ipPrefix,
        createdAt: session.createdAt.toISOString(),
        lastUsedAt: session.lastUsedAt.toISOString(),
      })),
      nextCursor,
    };
  }

  /** The refresh token ends at once, access tokens of the session within seconds. */
  @Delete('current')
  @HttpCode(204)
  @UseGuards(JwtAuthGuard)
  @ApiBearerAuth()
  @ApiOperation({ operationId: 'logOut', summary: 'End the session you are using' })
  async logOut(@CurrentUser() { userId, sessionId }: AuthenticatedUser): Promise<void> {
    await this.sessions.end(userId, sessionId, 'logout');
  }

  /** Signs out one device; its access tokens end within seconds. */
  @Delete(':sessionId')
  @HttpCode(204)
  @UseGuards(JwtAuthGuard)
  @ApiBearerAuth()
  @ApiId('sessionId', 'As listSessions answered it.')
  @Problems('NOT_FOUND')
  @ApiOperation({ operationId: 'endSession', summary: 'End one of your sessions' })
  async end(@CurrentUser() { userId }: AuthenticatedUser, @Param('sessionId') id: string): Promise<void> {
    const sessionId = readUuid(id);
    const ended = sessionId && (await this.sessions.end(userId, sessionId, 'ended-by-user'));
    if (!ended) throw new Problem('NOT_FOUND');
  }

  /** Signs out all other devices. */
  @Delete()
  @HttpCode(204)
  @UseGuards(JwtAuthGuard)
  @ApiBearerAuth()
  @ApiOperation({ operationId: 'endOtherSessions', summary: 'End all your sessions but this one' })
  async endOthers(@CurrentUser() { userId, sessionId }: AuthenticatedUser): Promise<void> {
    const tell = await this.sessions.endOthers(userId, sessionId, 'ended-by-user');
    tell();
  }
}
