import { Controller, Delete, Get, Header, HttpCode, UseGuards } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { AuthenticatedUser } from '../../common/authenticated-user';
import { CurrentUser } from '../../common/current-user.decorator';
import { HttpContract } from '../../common/http-contract.decorator';
import { JwtAuthGuard } from '../../common/jwt-auth.guard';
import { Problems } from '../../common/problems.decorator';
import { RateLimit } from '../../rate-limit/rate-limit.decorator';
import { AccountDeletion } from './account-deletion';
import { AccountExport } from './account-export';
import { DeletionDto, ExportDto } from '../dto/account.dto';

@ApiTags('users')
@ApiBearerAuth()
@UseGuards(JwtAuthGuard)
@RateLimit('account')
@HttpContract()
@Controller('users/me')
export class AccountController {
  constructor(
    private readonly deletion: AccountDeletion,
    private readonly exports: AccountExport,
  ) {}

  /**
   * Needs a step-up. All sessions end at once, and number, user name and e-mail address are free again. What the account
   * held is sealed until `erasedAt`, and then erased for good.
   */
  @Delete()
  @HttpCode(202)
  @Header('Cache-Control', 'no-store')
  @Problems('STEP_UP_REQUIRED', 'RATE_LIMITED')
  @ApiOperation({ operationId: 'deleteAccount', summary: 'Delete your account' })
  async delete(@CurrentUser() user: AuthenticatedUser): Promise<DeletionDto> {
    return { erasedAt: (await this.deletion.delete(user)).toISOString() };
  }

  /** Profile, consents, sessions, what was done with the account, and messages to you. No secrets. */
  @Get('export')
  @Header('Cache-Control', 'no-store')
  @Header('Content-Disposition', 'attachment; filename="account.json"')
  @Problems('RATE_LIMITED')
  @ApiOperation({ operationId: 'exportAccount', summary: 'Get what is kept of you, as JSON' })
  export(@CurrentUser() { userId }: AuthenticatedUser): Promise<ExportDto> {
    return this.exports.of(userId);
  }
}
