import { Body, Controller, HttpCode, Put, UseGuards } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { AuthenticatedUser } from '../../common/authenticated-user';
import { CurrentUser } from '../../common/current-user.decorator';
import { HttpContract } from '../../common/http-contract.decorator';
import { JwtAuthGuard } from '../../common/jwt-auth.guard';
import { Problems } from '../../common/problems.decorator';
import { RateLimit } from '../../rate-limit/rate-limit.decorator';
import { AccountChanges } from './account-changes.service';
import { ChangeEmailDto, ChangePhoneDto, ChangeUsernameDto } from '../dto/account-change.dto';

@ApiTags('users')
@ApiBearerAuth()
@UseGuards(JwtAuthGuard)
@RateLimit('account')
@HttpContract()
@Controller('users/me')
export class AccountChangesController {
  constructor(private readonly changes: AccountChanges) {}

  /**
   * Needs a step-up, and a ticket of purpose `change_phone` for the new number. All other sessions end, and the old
   * number gets a notice. That the new number has an account is told only now, after the proof; the ticket stays good
   * then.
   */
  @Put('phone')
  @HttpCode(204)
  @Problems('STEP_UP_REQUIRED', 'PHONE_TAKEN', 'TICKET_INVALID', 'RATE_LIMITED')
  @ApiOperation({ operationId: 'changePhone', summary: 'Change your phone number' })
  changePhone(@CurrentUser() user: AuthenticatedUser, @Body() { ticket }: ChangePhoneDto): Promise<void> {
    return this.changes.changePhone(user, ticket);
  }

  /** The name before is free at once. */
  @Put('username')
  @HttpCode(204)
  @Problems('USERNAME_TAKEN', 'RATE_LIMITED')
  @ApiOperation({ operationId: 'changeUsername', summary: 'Change your user name' })
  changeUsername(
    @CurrentUser() user: AuthenticatedUser,
    @Body() { username }: ChangeUsernameDto,
  ): Promise<void> {
    return this.changes.changeUsername(user, username);
  }

  /** Needs a step-up: one can log in with an e-mail address. */
  @Put('email')
  @HttpCode(204)
  @Problems('STEP_UP_REQUIRED', 'EMAIL_TAKEN', 'RATE_LIMITED')
  @ApiOperation({ operationId: 'changeEmail', summary: 'Change your e-mail address, or take it away' })
  changeEmail(@CurrentUser() user: AuthenticatedUser, @Body() { email }: ChangeEmailDto): Promise<void> {
    return this.changes.changeEmail(user, email);
  }
}
