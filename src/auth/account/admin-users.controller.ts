import { Body, Controller, Delete, Get, Header, HttpCode, Param, Patch, Query } from '@nestjs/common';
import { ApiOperation } from '@nestjs/swagger';
import { AdminApi } from '../../audit/admin-api.decorator';
import { ApiId } from '../../common/api-fields.decorator';
import type { AuthenticatedUser } from '../../common/authenticated-user';
import { CurrentUser } from '../../common/current-user.decorator';
import { PAGE_SIZE } from '../../common/page';
import { Problem } from '../../common/problem';
import { Problems } from '../../common/problems.decorator';
import { readUuid } from '../../common/uuid';
import { AdminUserChanges } from './admin-user-changes';
import { AdminUsers } from './admin-users.service';
import {
  AdminUserDetailDto,
  AdminUserDto,
  AdminUserListDto,
  ChangeUserDto,
  UsersQueryDto,
} from '../dto/admin-user.dto';

const ID = 'As listUsers answered it.';

@AdminApi()
@Controller('admin/users')
export class AdminUsersController {
  constructor(
    private readonly users: AdminUsers,
    private readonly changes: AdminUserChanges,
  ) {}

  /** Newest first, those who fit or all. No answer holds a whole number or a password. */
  @Get()
  @Header('Cache-Control', 'no-store')
  @Problems('FORBIDDEN', 'RATE_LIMITED')
  @ApiOperation({ operationId: 'listUsers', summary: 'Find users by number, name, address or id' })
  list(
    @Query() { limit = PAGE_SIZE, ...query }: UsersQueryDto,
    @CurrentUser() { userId }: AuthenticatedUser,
  ): Promise<AdminUserListDto> {
    return this.users.list(query, limit, userId);
  }

  /** With the sessions that are still good. That you looked is written to the audit log. */
  @Get(':userId')
  @Header('Cache-Control', 'no-store')
  @ApiId('userId', ID)
  @Problems('FORBIDDEN', 'NOT_FOUND', 'RATE_LIMITED')
  @ApiOperation({ operationId: 'getUser', summary: 'Read a user and their sessions' })
  get(
    @Param('userId') id: string,
    @CurrentUser() { userId: actor }: AuthenticatedUser,
  ): Promise<AdminUserDetailDto> {
    return this.users.get(known(id), actor);
  }

  /**
   * Disables a user, and enables them again; brings a deleted account back while it is held and its number is free; gives
   * and takes roles. Takes effect on all instances within two seconds.
   */
  @Patch(':userId')
  @Header('Cache-Control', 'no-store')
  @ApiId('userId', ID)
  @Problems('FORBIDDEN', 'NOT_FOUND', 'LAST_ADMIN', 'ACCOUNT_DELETED', 'PHONE_TAKEN', 'RATE_LIMITED')
  @ApiOperation({
    operationId: 'changeUser',
    summary: 'Disable, enable or restore a user, or change their roles',
  })
  async change(
    @Param('userId') id: string,
    @Body() changes: ChangeUserDto,
    @CurrentUser() { userId: actor }: AuthenticatedUser,
  ): Promise<AdminUserDto> {
    const userId = known(id);
    await this.changes.change(userId, changes, actor);
    return this.users.view(await this.users.find(userId));
  }

  /** Refresh tokens end at once, access tokens within two seconds. */
  @Delete(':userId/sessions')
  @HttpCode(204)
  @ApiId('userId', ID)
  @Problems('FORBIDDEN', 'NOT_FOUND', 'RATE_LIMITED')
  @ApiOperation({ operationId: 'endSessionsOfUser', summary: 'Sign a user out everywhere' })
  endSessions(
    @Param('userId') id: string,
    @CurrentUser() { userId: actor }: AuthenticatedUser,
  ): Promise<void> {
    return this.users.endSessions(known(id), actor);
  }
}

function known(text: string): string {
  const id = readUuid(text);
  if (!id) throw new Problem('NOT_FOUND');
  return id;
}
