import { asking } from '../../common/validation';
import {
  ArrayMaxSize,
  ArrayUnique,
  IsArray,
  IsIn,
  IsOptional,
  IsString,
  IsUUID,
  Matches,
  MaxLength,
} from 'class-validator';
import { ApiInstant, ApiList, ApiModel, ApiText, ApiUuid } from '../../common/api-fields.decorator';
import { PageQueryDto } from '../../common/dto/page.dto';
import type { UserStatus } from '../../users/user.entity';
import { ROLE } from '../account/roles';

const STATUSES = ['active', 'disabled', 'deleted'] as const satisfies readonly UserStatus[];

@ApiModel('AuthUsersQuery', 'Which users are wanted; of several conditions all have to hold.')
export class UsersQueryDto extends PageQueryDto {
  /**
   * The user with this number, in any usual spelling; also those who had it when they were deleted, as long as they can
   * come back. Asking for somebody is written to the audit log.
   * @example "13800138000"
   */
  @IsOptional()
  @IsString()
  @MaxLength(40)
  readonly phone?: string;

  /** @example "li_lei" */
  @IsOptional()
  @IsString()
  @MaxLength(32)
  readonly username?: string;

  /** @example "li.lei@example.com" */
  @IsOptional()
  @IsString()
  @MaxLength(254)
  readonly email?: string;

  /** @example "019aa3c4-7d60-7c3e-9a55-0d6f3f1f8a10" */
  @IsOptional()
  @IsUUID()
  @ApiUuid()
  readonly id?: string;
}

@ApiModel('AuthUser', 'An account as operators see it.')
export class AdminUserDto {
  /** @example "019aa3c4-7d60-7c3e-9a55-0d6f3f1f8a10" */
  @ApiUuid()
  readonly id: string;
  /**
   * Masked.
   * @example "138****8000"
   */
  @ApiText(20)
  readonly phone: string | null;
  /** @example "li_lei" */
  @ApiText(32)
  readonly username: string | null;
  /** @example "李雷" */
  @ApiText(64)
  readonly nickname: string | null;
  /** @example "li.lei@example.com" */
  @ApiText(254)
  readonly email: string | null;
  /** @example "https://cdn.example.com/avatars/3f1f8a10.webp" */
  @ApiText(2048)
  readonly avatarUrl: string | null;
  /** @example ["user"] */
  @ApiList(20)
  readonly roles: string[];
  /** @example "active" */
  @IsIn(STATUSES)
  readonly status: UserStatus;
  /** @example "2026-11-21T08:00:00.000Z" */
  @ApiInstant()
  readonly createdAt: string;
  /** @example null */
  @ApiInstant()
  readonly deletedAt: string | null;
  /**
   * Until when a deleted account can be made active again.
   * @example null
   */
  @ApiInstant()
  readonly restorableUntil: string | null;
}

@ApiModel('AuthUserList', 'Users, newest first.')
export class AdminUserListDto {
  @ApiList(100)
  readonly items: AdminUserDto[];
  /** @example null */
  @ApiUuid()
  readonly nextCursor: string | null;
}

@ApiModel('AuthUserSession', 'A device that a user is signed in on.')
export class AdminUserSessionDto {
  /** @example "019aa3c4-7d60-7c3e-9a55-0d6f3f1f8a12" */
  @ApiUuid()
  readonly id: string;
  /** @example "Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X)" */
  @ApiText(200)
  readonly device: string | null;
  /**
   * Prefix of the address it was last used from.
   * @example "203.0.113.0/24"
   */
  @ApiText(64)
  readonly ip: string | null;
  /** @example "2026-11-21T08:00:00.000Z" */
  @ApiInstant()
  readonly createdAt: string;
  /** @example "2026-11-21T09:30:00.000Z" */
  @ApiInstant()
  readonly lastUsedAt: string;
}

@ApiModel('AuthUserDetail', 'An account and where it is signed in.')
export class AdminUserDetailDto extends AdminUserDto {
  @ApiList(100)
  readonly sessions: AdminUserSessionDto[];
}

@ApiModel('AuthUserChange', 'What to change; what is not given stays.')
export class ChangeUserDto {
  /**
   * `disabled` ends all sessions, and nobody can log in. `active` enables an account, or brings a deleted one back.
   * @example "disabled"
   */
  @IsOptional()
  @IsIn(['active', 'disabled'])
  readonly status?: 'active' | 'disabled';

  /**
   * All the roles the user shall have. Tokens with the roles before are no good any more.
   * @example ["user"]
   */
  @IsOptional()
  @IsArray()
  @ArrayUnique()
  @ArrayMaxSize(20)
  @IsString({ each: true })
  @Matches(ROLE, { ...asking('ROLE'), each: true })
  @ApiList(20)
  readonly roles?: string[];
}
