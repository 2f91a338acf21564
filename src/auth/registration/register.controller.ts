import { Body, Controller, Header, Post } from '@nestjs/common';
import { ApiBody, ApiOperation, ApiTags } from '@nestjs/swagger';
import { HttpContract } from '../../common/http-contract.decorator';
import { Problems } from '../../common/problems.decorator';
import { RateLimit } from '../../rate-limit/rate-limit.decorator';
import { REGISTER } from '../dto/auth.examples';
import { RegisterDto } from '../dto/register.dto';
import { SessionAnswerDto } from '../dto/session.dto';
import { RegisterService } from './register.service';
import { RequestOrigin } from '../sessions/request-origin.decorator';
import type { Origin } from '../sessions/sessions.service';

@ApiTags('users')
@HttpContract()
@Controller('users')
export class RegisterController {
  constructor(private readonly registering: RegisterService) {}

  /**
   * Makes an account for a number whose possession is proven, by a ticket or by the code itself (purpose `register`),
   * and signs it in. That the number, the user name or the address is taken is told only now, after the proof.
   */
  @Post()
  @RateLimit('users')
  @Header('Cache-Control', 'no-store')
  @ApiBody({ type: RegisterDto, examples: REGISTER })
  @Problems(
    'PHONE_TAKEN',
    'USERNAME_TAKEN',
    'EMAIL_TAKEN',
    'POLICY_VERSION_OUTDATED',
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
    return this.registering.register(request, origin);
  }
}
