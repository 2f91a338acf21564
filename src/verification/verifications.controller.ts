import { Body, Controller, Delete, Get, Header, HttpCode, Param, Post, Req, UseGuards } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiTags } from '@nestjs/swagger';
import { preferredLanguage } from '../common/accept-language';
import type { AuthenticatedUser } from '../common/authenticated-user';
import { OptionalJwtAuthGuard } from '../common/jwt-auth.guard';
import { CountsSends, RateLimit } from '../rate-limit/rate-limit.decorator';
import { CodeChecks } from './code-checks';
import {
  CheckVerificationDto,
  ResendVerificationDto,
  StartVerificationDto,
  TicketDto,
  VerificationDto,
} from './dto/verification.dto';
import { type Caller, VerificationService } from './verification.service';

interface VerificationRequest {
  readonly headers: { readonly 'accept-language'?: string };
  readonly user?: AuthenticatedUser;
  readonly addressSends?: number;
}

@ApiTags('verifications')
@Controller('verifications')
export class VerificationsController {
  constructor(
    private readonly verifications: VerificationService,
    private readonly checks: CodeChecks,
  ) {}

  @Post()
  @HttpCode(202)
  @UseGuards(OptionalJwtAuthGuard)
  @RateLimit('verifications')
  @CountsSends()
  @ApiBearerAuth()
  @Header('Cache-Control', 'no-store')
  @ApiOperation({ operationId: 'startVerification', summary: 'Send a code to a phone' })
  start(@Body() request: StartVerificationDto, @Req() http: VerificationRequest): Promise<VerificationDto> {
    return this.verifications.start(request, callerOf(http));
  }

  @Post(':verificationId/resend')
  @HttpCode(202)
  @RateLimit('verifications')
  @CountsSends()
  @Header('Cache-Control', 'no-store')
  @ApiOperation({ operationId: 'resendVerification', summary: 'Send the same code once more' })
  resend(
    @Param('verificationId') verificationId: string,
    @Body() { channel }: ResendVerificationDto,
    @Req() http: VerificationRequest,
  ): Promise<VerificationDto> {
    return this.verifications.resend(verificationId, channel, callerOf(http));
  }

  @Post(':verificationId/check')
  @HttpCode(200)
  @RateLimit('checks')
  @Header('Cache-Control', 'no-store')
  @ApiOperation({ operationId: 'checkVerification', summary: 'Exchange a right code for a ticket' })
  check(
    @Param('verificationId') verificationId: string,
    @Body() { code }: CheckVerificationDto,
  ): Promise<TicketDto> {
    return this.checks.exchange(verificationId, code);
  }

  @Get(':verificationId')
  @RateLimit('status')
  @Header('Cache-Control', 'no-store')
  @ApiOperation({ operationId: 'getVerification', summary: 'See where a verification stands' })
  get(@Param('verificationId') verificationId: string): Promise<VerificationDto> {
    return this.verifications.get(verificationId);
  }

  @Delete(':verificationId')
  @HttpCode(204)
  @RateLimit('status')
  @ApiOperation({ operationId: 'cancelVerification', summary: 'Cancel a verification' })
  cancel(@Param('verificationId') verificationId: string): Promise<void> {
    return this.verifications.cancel(verificationId);
  }
}

function callerOf({ user, addressSends, headers }: VerificationRequest): Caller {
  const language = headers['accept-language'];
  return {
    userId: user?.userId,
    addressSends: addressSends ?? 0,
    // Whoever does not say is most likely in China, where the numbers are.
    locale: language && preferredLanguage(language) === 'en' ? 'en' : 'zh',
  };
}
