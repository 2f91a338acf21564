import { Controller, Delete, HttpCode, Query } from '@nestjs/common';
import { ApiOperation } from '@nestjs/swagger';
import { AdminApi } from '../audit/admin-api.decorator';
import { AuditService } from '../audit/audit.service';
import type { AuthenticatedUser } from '../common/authenticated-user';
import { CurrentUser } from '../common/current-user.decorator';
import { maskPhone } from '../common/phone';
import { PhoneVault } from '../common/phone-vault';
import { Problems } from '../common/problems.decorator';
import { LimitsQueryDto } from './dto/block.dto';
import { StartRules } from './start-rules';
import { GuardStore } from './guard-store';

@AdminApi()
@Controller('admin/limits')
export class AdminLimitsController {
  constructor(
    private readonly store: GuardStore,
    private readonly rules: StartRules,
    private readonly vault: PhoneVault,
    private readonly audit: AuditService,
  ) {}

  /**
   * Forgets what was counted of a number: its cool-down, its sends of the hour and the day, its calls and its checks.
   *
   * It does not lift the day's limit of a number that has had its messages of the day: the outbox counts these itself,
   * so that nothing that happens to Redis can reopen it. Nor the limits of an address, a segment or open codes.
   */
  @Delete()
  @HttpCode(204)
  @Problems('FORBIDDEN', 'RATE_LIMITED')
  @ApiOperation({ operationId: 'liftLimits', summary: 'Lift the limits of a number' })
  async lift(@Query() query: LimitsQueryDto, @CurrentUser() { userId }: AuthenticatedUser): Promise<void> {
    const phone = this.rules.canonical(query.phone);
    await this.audit.record({ actor: userId, action: 'limits.lifted', subject: maskPhone(phone) });
    await this.store.clearNumber({
      index: this.vault.index(phone).toString('base64url'),
      segment: this.vault.segmentIndex(phone).toString('base64url'),
    });
  }
}
