import { Injectable, Logger, Optional } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { DataSource, type EntityManager } from 'typeorm';
import { PhoneVault } from '../common/phone-vault';
import { Problem } from '../common/problem';
import { PreparedStatement } from '../database/prepared-statement';
import { inTransaction } from '../database/transaction';
import { LEAVE_BEHIND } from '../storage/uploads/upload-statements';
import { UploadsService } from '../storage/uploads/uploads.service';
import type { UserDto } from './dto/user.dto';
import { SHOWN_USER, type ShownUser, userView } from './user-view';

/** What uploads are begun for that become avatars. */
export const AVATAR_PURPOSE = 'avatar';

/** $1 user. Log-ins are not kept waiting: they don't lock against this. No row: gone or disabled. */
const LOCK = new PreparedStatement<ShownUser>(
  'users.lock-avatar',
  `SELECT ${SHOWN_USER} FROM users WHERE id = $1 AND status = 'active' FOR NO KEY UPDATE`,
);

/** $1 user, $2 upload, $3 its store; both null for none. */
const SHOW = new PreparedStatement<{ id: string }>(
  'users.show-avatar',
  `UPDATE users SET avatar_upload_id = $2, avatar_store = $3, updated_at = now() WHERE id = $1 RETURNING id`,
);

type AvatarColumns = Pick<ShownUser, 'avatarUploadId' | 'avatarStore'>;

/** Pictures of users. Without UploadsModule nobody has one. */
@Injectable()
export class Avatars {
  private readonly logger = new Logger(Avatars.name);

  constructor(
    @InjectDataSource() private readonly dataSource: DataSource,
    private readonly vault: PhoneVault,
    @Optional() private readonly uploads?: UploadsService,
  ) {}

  /**
   * Asks neither the database nor a store. A store that can't make URLs must keep nobody from logging in.
   * @returns null also for one in a store that is not configured any more
   */
  async urlOf({ avatarUploadId: id, avatarStore: store }: AvatarColumns): Promise<string | null> {
    if (id === null || store === null || !this.uploads) return null;
    try {
      return (await this.uploads.urlOf({ id, purpose: AVATAR_PURPOSE, store })) ?? null;
    } catch (error) {
      this.logger.warn({ event: 'users.avatar.no-url', store, message: String(error) });
      return null;
    }
  }

  /**
   * Shows an upload. The one before is deleted. Repeating it changes nothing.
   * @throws {Problem} TOKEN_INVALID; what UploadsService.use throws
   */
  async show(userId: string, uploadId: string): Promise<UserDto> {
    const user = await inTransaction(this.dataSource, async (manager) => {
      const before = await this.locked(userId, manager);
      if (before.avatarUploadId === uploadId) return before;
      const { store } = await this.service.use(uploadId, userId, AVATAR_PURPOSE, manager);
      await SHOW.run(manager, [userId, uploadId, store]);
      if (before.avatarUploadId) await this.service.release(before.avatarUploadId, manager);
      return { ...before, avatarUploadId: uploadId, avatarStore: store };
    });
    return userView(user, this.vault, 'masked', await this.urlOf(user));
  }

  /**
   * Shows none any more. Repeating it changes nothing.
   * @throws {Problem} TOKEN_INVALID
   */
  async remove(userId: string): Promise<void> {
    await inTransaction(this.dataSource, async (manager) => {
      const { avatarUploadId: before } = await this.locked(userId, manager);
      if (before === null) return;
      await SHOW.run(manager, [userId, null, null]);
      await this.service.release(before, manager);
    });
  }

  /**
   * Whatever a user uploaded, for good. The user's row is the caller's to clear. Where uploads are not configured any more,
   * the objects go once they are again.
   */
  async forget(userId: string, manager: EntityManager): Promise<void> {
    if (this.uploads) await this.uploads.forget(userId, manager);
    else await LEAVE_BEHIND.run(manager, [userId]);
  }

  private async locked(userId: string, manager: EntityManager): Promise<ShownUser> {
    const [user] = await LOCK.run(manager, [userId]);
    if (!user) throw new Problem('TOKEN_INVALID');
    return user;
  }

  /** The routes are mounted only where there is one. */
  private get service(): UploadsService {
    if (!this.uploads) throw new Error('Avatars need UploadsModule: give it to UsersModule as "uploads"');
    return this.uploads;
  }
}
