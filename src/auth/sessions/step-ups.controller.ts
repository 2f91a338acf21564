import { Body, Controller, Header, HttpCode, Post, UseGuards } from '@nestjs/common';
import { ApiBearerAuth, ApiBody, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { AuthenticatedUser } from '../../common/authenticated-user';
import { CurrentUser } from '../../common/current-user.decorator';
import { HttpContract } from '../../common/http-contract.decorator';
import { JwtAuthGuard } from '../../common/jwt-auth.guard';
import { invalidMember } from '../../common/problem';
import { Problems } from '../../common/problems.decorator';
import { RateLimit } from '../../rate-limit/rate-limit.decorator';
import { STEP_UP } from '../dto/auth.examples';
import { StepUpDto, StepUpRequestDto } from '../dto/step-up.dto';
import { RequestOrigin } from './request-origin.decorator';
import type { Origin } from './sessions.service';
import { StepUps } from './step-ups';

@ApiTags('sessions')
@HttpContract()
@Controller('step-ups')
export class StepUpsController {
  constructor(private readonly stepUps: StepUps) {}

  /**
   * Proves once more that it is you, by your password or by a code that you asked for with purpose `step_up` or
   * `delete_account`. For some minutes this session may then make sensitive calls; there is no new token.
   */
  @Post()
  @HttpCode(200)
  @UseGuards(JwtAuthGuard)
  @RateLimit('step-ups')
  @Header('Cache-Control', 'no-store')
  @ApiBearerAuth()
  @ApiBody({ type: StepUpRequestDto, examples: STEP_UP })
  @Problems(
    'LOGIN_FAILED',
    'VERIFICATION_UNKNOWN',
    'VERIFICATION_EXPIRED',
    'VERIFICATION_USED',
    'VERIFICATION_EXHAUSTED',
    'CODE_MISMATCH',
    'CHECK_LIMIT',
    'LOGIN_DELAYED',
    'PASSWORD_HOURLY_LIMIT',
    'RATE_LIMITED',
    'OVERLOADED',
  )
  @ApiOperation({ operationId: 'stepUp', summary: 'Prove once more that it is you' })
  async create(
    @CurrentUser() user: AuthenticatedUser,
    @Body() { password, verificationId, code }: StepUpRequestDto,
    @RequestOrigin() { ipPrefix }: Origin,
  ): Promise<StepUpDto> {
    if (password !== undefined && verificationId !== undefined) {
      throw invalidMember('#/password', 'AMBIGUOUS_PROOF');
    }
    const expiresAt =
      password !== undefined
        ? await this.stepUps.byPassword(user, password, ipPrefix)
        : await this.stepUps.byCode(user, verificationId!, code!);
    return { expiresAt: expiresAt.toISOString() };
  }
}
