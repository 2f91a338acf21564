import { Body, Controller, Header, Post } from '@nestjs/common';
import { ApiBody, ApiOperation, ApiTags } from '@nestjs/swagger';
import { Problems } from '../common/problems.decorator';
import { RateLimit } from '../rate-limit/rate-limit.decorator';
import { AccountsService } from './accounts.service';
import { REGISTER } from './dto/auth.examples';
import { RegisterDto } from './dto/register.dto';
import { SessionAnswerDto } from './dto/session.dto';
import { RequestOrigin } from './request-origin.decorator';
import type { Origin } from './sessions.service';

@ApiTags('users')
@Controller('users')
export class RegisterController {
  constructor(private readonly accounts: AccountsService) {}

  /**
   * Makes an account for a number whose possession is proven, by a ticket or by the code itself (purpose `register`),
   * and signs it in. That the number or the user name is taken is told only now, after the proof.
   */
  @Post()
  @RateLimit('users')
  @Header('Cache-Control', 'no-store')
  @ApiBody({ type: RegisterDto, examples: REGISTER })
  @Problems(
    'PHONE_TAKEN',
    'USERNAME_TAKEN',
    'TICKET_INVALID',
    'VERIFICATION_UNKNOWN',
    'VERIFICATION_EXPIRED',
    'VERIFICATION_USED',
    'VERIFICATION_EXHAUSTED',
    'CODE_MISMATCH',
    'CHECK_LIMIT',
    'RATE_LIMITED',
    'OVERLOADED',
  )
  @ApiOperation({ operationId: 'registerUser', summary: 'Register and sign in, in one call' })
  register(@Body() request: RegisterDto, @RequestOrigin() origin: Origin): Promise<SessionAnswerDto> {
    return this.accounts.register(request, origin);
  }
}
