import { Inject, Injectable } from '@nestjs/common';
import { InjectDataSource, InjectRepository } from '@nestjs/typeorm';
import { DataSource, Repository } from 'typeorm';
import { PhoneVault, type StoredPhone } from '../common/phone-vault';
import { Problem } from '../common/problem';
import { GroupCommit, REQUEST_WAIT_MS } from '../database/group-commit';
import { PreparedStatement } from '../database/prepared-statement';
import { Avatars } from './avatars';
import type { UpdateProfileDto, UserDto } from './dto/user.dto';
import { parseIdentifier } from './identifier';
import { User } from './user.entity';
import { SHOWN_USER, type ShownUser, userView } from './user-view';
import { USERS_OPTIONS, type UsersModuleOptions } from './users.options';

const PROFILE = new PreparedStatement<ShownUser>(
  'users.profile',
  `SELECT ${SHOWN_USER}
   FROM users WHERE id = ANY($1::uuid[]) AND status = 'active'`,
);

/** Accounts and profiles. Who may sign in is AuthModule's matter. */
@Injectable()
export class UsersService {
  /** Profiles that are asked for at the same time are read by one statement. */
  private readonly profiles = new GroupCommit((ids: string[]) => this.readProfiles(ids), {
    parallel: 4,
    longestWaitMs: REQUEST_WAIT_MS,
  });

  constructor(
    @InjectRepository(User) private readonly users: Repository<User>,
    @InjectDataSource() private readonly dataSource: DataSource,
    private readonly vault: PhoneVault,
    private readonly avatars: Avatars,
    @Inject(USERS_OPTIONS) private readonly options: UsersModuleOptions,
  ) {}

  /** @throws {Problem} TOKEN_INVALID when the account is gone or disabled: the token outlived it */
  async profile(userId: string): Promise<UserDto> {
    const user = await this.profiles.add(userId);
    if (!user) throw new Problem('TOKEN_INVALID');
    return userView(user, this.vault, 'whole', await this.avatars.urlOf(user));
  }

  /** Changes what is given and leaves the rest. */
  async updateProfile(userId: string, changes: UpdateProfileDto): Promise<UserDto> {
    if (changes.nickname !== undefined) {
      await this.users.update({ id: userId, status: 'active' }, { nickname: changes.nickname });
    }
    return this.profile(userId);
  }

  /** Finds the account behind a user name, number or e-mail address. */
  async findByIdentifier(text: string): Promise<User | null> {
    const identifier = parseIdentifier(text, this.options.countries);
    if (!identifier) return null;
    switch (identifier.kind) {
      case 'phone':
        return this.users.findOneBy({ phoneIndex: this.vault.index(identifier.phone) });
      case 'email':
        return this.users.findOneBy({ emailKey: identifier.key });
      case 'username':
        return this.users.findOneBy({ usernameKey: identifier.key });
    }
  }

  hasPhone(phoneIndex: Buffer): Promise<boolean> {
    return this.users.existsBy({ phoneIndex });
  }

  /** Whether a number has an account that was not made with the code of a test number, or that may do more than others. */
  async hasRealAccount(phoneIndex: Buffer): Promise<boolean> {
    const user = await this.users.findOneBy({ phoneIndex });
    return user !== null && (!user.isTest || user.roles.some((role) => role !== 'user'));
  }

  /** @returns undefined when the user has none, or is gone */
  async phoneOf(userId: string): Promise<StoredPhone | undefined> {
    const user = await this.users.findOne({
      where: { id: userId },
      select: { id: true, phoneIndex: true, phoneCiphertext: true },
    });
    if (!user?.phoneIndex || !user.phoneCiphertext) return undefined;
    return { index: user.phoneIndex, ciphertext: user.phoneCiphertext };
  }

  async phoneIndexOf(userId: string): Promise<Buffer | undefined> {
    const user = await this.users.findOne({ where: { id: userId }, select: { id: true, phoneIndex: true } });
    return user?.phoneIndex ?? undefined;
  }

  private async readProfiles(ids: string[]): Promise<(ShownUser | undefined)[]> {
    const rows = await PROFILE.run(this.dataSource, [[...new Set(ids)]]);
    const byId = new Map(rows.map((row) => [row.id, row]));
    return ids.map((id) => byId.get(id));
  }
}
