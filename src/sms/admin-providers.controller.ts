import { Body, Controller, Get, Header, Patch } from '@nestjs/common';
import { ApiBody, ApiOperation } from '@nestjs/swagger';
import { AdminApi } from '../audit/admin-api.decorator';
import type { AuthenticatedUser } from '../common/authenticated-user';
import { CurrentUser } from '../common/current-user.decorator';
import { Problems } from '../common/problems.decorator';
import { AdminProviders } from './admin-providers.service';
import { CHANGE_PROVIDER } from './dto/admin-provider.examples';
import { ChangeProviderDto, ProviderChangeDto, ProviderListDto } from './dto/admin-provider.dto';

@AdminApi()
@Controller('admin/providers')
export class AdminProvidersController {
  constructor(private readonly providers: AdminProviders) {}

  /** In the order in force, with what they did within the hour, what is left on their accounts, and the budgets. */
  @Get()
  @Header('Cache-Control', 'no-store')
  @Problems('FORBIDDEN', 'RATE_LIMITED')
  @ApiOperation({ operationId: 'listProviders', summary: 'See how the gateways are' })
  async list(): Promise<ProviderListDto> {
    const [items, budgets] = await Promise.all([this.providers.list(), this.providers.budgets()]);
    return { items, nextCursor: null, budgets };
  }

  /**
   * Drains a gateway, gives it another share or another place. It takes effect on all instances at once and outlives a
   * restart. The last gateway can be drained, too: `warning` says what that means.
   */
  @Patch()
  @Header('Cache-Control', 'no-store')
  @ApiBody({ type: ChangeProviderDto, examples: CHANGE_PROVIDER })
  @Problems('FORBIDDEN', 'RATE_LIMITED')
  @ApiOperation({ operationId: 'changeProvider', summary: 'Drain a gateway, or change its share or place' })
  change(
    @Body() request: ChangeProviderDto,
    @CurrentUser() { userId }: AuthenticatedUser,
  ): Promise<ProviderChangeDto> {
    return this.providers.change(request, userId);
  }
}
