import { Body, Controller, Delete, Get, Header, HttpCode, Param, Post, Req, UseGuards } from '@nestjs/common';
import { ApiBearerAuth, ApiBody, ApiOperation, ApiSecurity, ApiTags } from '@nestjs/swagger';
import { ApiId } from '../common/api-fields.decorator';
import { HttpContract } from '../common/http-contract.decorator';
import { OptionalJwtAuthGuard } from '../common/jwt-auth.guard';
import { Problems } from '../common/problems.decorator';
import { RateLimit } from '../rate-limit/rate-limit.decorator';
import { callerOf, type SendingRequest } from './caller';
import { CodeChecks } from './code-checks';
import {
  CheckVerificationDto,
  ResendVerificationDto,
  StartVerificationDto,
  TicketDto,
  VerificationDto,
} from './dto/verification.dto';
import { START_VERIFICATION } from './dto/verification.examples';
import { SendsCode, StartsSending } from './sends-code.decorator';
import { VerificationService } from './verification.service';

@ApiTags('verifications')
@HttpContract()
@Controller('verifications')
export class VerificationsController {
  constructor(
    private readonly verifications: VerificationService,
    private readonly checks: CodeChecks,
  ) {}

  /**
   * Sends a one-time code to a phone. The answer comes at once and promises that the message is kept; follow it with
   * `getVerification`. Nothing in the answer tells whether the number has an account.
   *
   * `change_phone`, `step_up` and `delete_account` need an access token; the other purposes take none.
   */
  @Post()
  @HttpCode(202)
  @UseGuards(OptionalJwtAuthGuard)
  @StartsSending()
  @ApiSecurity({})
  @ApiBearerAuth()
  @ApiBody({ type: StartVerificationDto, examples: START_VERIFICATION })
  @ApiOperation({ operationId: 'startVerification', summary: 'Send a code to a phone' })
  start(@Body() request: StartVerificationDto, @Req() http: SendingRequest): Promise<VerificationDto> {
    return this.verifications.start(request, callerOf(http));
  }

  /** Sends the same code once more: it expires when it would have, and has as many attempts left as before. */
  @Post(':verificationId/resend')
  @HttpCode(202)
  @SendsCode('VERIFICATION_UNKNOWN', 'VERIFICATION_EXPIRED', 'VERIFICATION_USED', 'VERIFICATION_EXHAUSTED')
  @ApiId('verificationId', 'As startVerification answered it.')
  @ApiBody({ type: ResendVerificationDto, required: false })
  @ApiOperation({ operationId: 'resendVerification', summary: 'Send the same code once more' })
  resend(
    @Param('verificationId') verificationId: string,
    @Body() { channel }: ResendVerificationDto,
    @Req() http: SendingRequest,
  ): Promise<VerificationDto> {
    return this.verifications.resend(verificationId, channel, callerOf(http));
  }

  /**
   * Judges a code. A right one is spent and buys a ticket, which other calls take in place of the code; a wrong one
   * costs an attempt. `createSession` and `registerUser` take the code itself, too: then this call is not needed.
   */
  @Post(':verificationId/check')
  @HttpCode(200)
  @RateLimit('checks')
  @Header('Cache-Control', 'no-store')
  @ApiId('verificationId', 'As startVerification answered it.')
  @Problems(
    'VERIFICATION_UNKNOWN',
    'VERIFICATION_EXPIRED',
    'VERIFICATION_USED',
    'VERIFICATION_EXHAUSTED',
    'CODE_MISMATCH',
    'CHECK_LIMIT',
    'RATE_LIMITED',
  )
  @ApiOperation({ operationId: 'checkVerification', summary: 'Exchange a right code for a ticket' })
  check(
    @Param('verificationId') verificationId: string,
    @Body() { code }: CheckVerificationDto,
  ): Promise<TicketDto> {
    return this.checks.exchange(verificationId, code);
  }

  /** Says what became of the message, and of the verification. It can be asked for an hour after the code expired. */
  @Get(':verificationId')
  @RateLimit('status')
  @Header('Cache-Control', 'no-store')
  @ApiId('verificationId', 'As startVerification answered it.')
  @Problems('NOT_FOUND', 'RATE_LIMITED')
  @ApiOperation({ operationId: 'getVerification', summary: 'See where a verification stands' })
  get(@Param('verificationId') verificationId: string): Promise<VerificationDto> {
    return this.verifications.get(verificationId);
  }

  /** Makes the code worthless. What was sent still counts against the limits of the number. */
  @Delete(':verificationId')
  @HttpCode(204)
  @RateLimit('status')
  @ApiId('verificationId', 'As startVerification answered it.')
  @Problems('NOT_FOUND', 'RATE_LIMITED')
  @ApiOperation({ operationId: 'cancelVerification', summary: 'Cancel a verification' })
  cancel(@Param('verificationId') verificationId: string): Promise<void> {
    return this.verifications.cancel(verificationId);
  }
}
