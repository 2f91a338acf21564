import { Body, Controller, Header, HttpCode, Post, Put, UseGuards } from '@nestjs/common';
import { ApiBearerAuth, ApiBody, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { AuthenticatedUser } from '../../common/authenticated-user';
import { CurrentUser } from '../../common/current-user.decorator';
import { HttpContract } from '../../common/http-contract.decorator';
import { JwtAuthGuard } from '../../common/jwt-auth.guard';
import { Problems } from '../../common/problems.decorator';
import { RateLimit } from '../../rate-limit/rate-limit.decorator';
import { CHANGE_PASSWORD } from '../dto/auth.examples';
import { ChangePasswordDto, ResetPasswordDto } from '../dto/password.dto';
import { PasswordsService } from './passwords.service';
import { RequestOrigin } from '../sessions/request-origin.decorator';
import type { Origin } from '../sessions/sessions.service';

@ApiTags('users')
@HttpContract()
@Controller()
export class PasswordsController {
  constructor(private readonly passwords: PasswordsService) {}

  /**
   * Sets your password, or replaces it. It takes the one you have, or a step-up (`stepUp`). All your other sessions end.
   */
  @Put('users/me/password')
  @HttpCode(204)
  @UseGuards(JwtAuthGuard)
  @RateLimit('passwords')
  @Header('Cache-Control', 'no-store')
  @ApiBearerAuth()
  @ApiBody({ type: ChangePasswordDto, examples: CHANGE_PASSWORD })
  @Problems(
    'LOGIN_FAILED',
    'STEP_UP_REQUIRED',
    'LOGIN_DELAYED',
    'PASSWORD_HOURLY_LIMIT',
    'RATE_LIMITED',
    'OVERLOADED',
  )
  @ApiOperation({ operationId: 'changePassword', summary: 'Change your password' })
  change(
    @CurrentUser() user: AuthenticatedUser,
    @Body() request: ChangePasswordDto,
    @RequestOrigin() { ipPrefix }: Origin,
  ): Promise<void> {
    return this.passwords.change(user, request, ipPrefix);
  }

  /**
   * Sets the password of the account whose number was just proven: exchange a code of purpose `reset_password` for a
   * ticket first. All its sessions end; log in with the new password. A password that is refused leaves the ticket good.
   */
  @Post('password-resets')
  @HttpCode(204)
  @RateLimit('passwords')
  @Header('Cache-Control', 'no-store')
  @Problems('TICKET_INVALID', 'SECOND_PROOF_REQUIRED', 'RATE_LIMITED', 'OVERLOADED')
  @ApiOperation({ operationId: 'resetPassword', summary: 'Set a new password with a ticket' })
  reset(@Body() request: ResetPasswordDto): Promise<void> {
    return this.passwords.reset(request);
  }
}
