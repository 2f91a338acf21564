import { ApiModel, ApiInstant, ApiList, ApiText, ApiUuid } from '../../common/api-fields.decorator';
import { IsOptional, IsString, IsUUID, Length } from 'class-validator';
import { IsPlainText } from '../../common/validation';

@ApiModel('UsersProfile', 'An account as its owner sees it.')
export class UserDto {
  /** @example "019aa3c4-7d60-7c3e-9a55-0d6f3f1f8a10" */
  @ApiUuid()
  readonly id: string;
  /**
   * Masked, except in the answer of `GET /v1/users/me`, where it is E.164.
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
  /** @example "2026-11-21T08:00:00.000Z" */
  @ApiInstant()
  readonly createdAt: string;
}

@ApiModel('UsersAvatarChange', 'Which upload to show.')
export class ShowAvatarDto {
  /**
   * As `startUpload` answered it; it has to be `ready`.
   * @example "019aa3c4-7d60-7c3e-9a55-0d6f3f1f8a10"
   */
  @IsUUID()
  @ApiUuid()
  readonly uploadId: string;
}

@ApiModel('UsersProfileChange', 'What to change; what is not given stays.')
export class UpdateProfileDto {
  /**
   * The name shown to others. `null` takes it away.
   * @example "李雷"
   */
  @IsOptional()
  @IsString()
  @Length(1, 64)
  @IsPlainText()
  readonly nickname?: string | null;
}
