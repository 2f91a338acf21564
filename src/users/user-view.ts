import { maskPhone } from '../common/phone';
import type { PhoneVault } from '../common/phone-vault';
import type { UserDto } from './dto/user.dto';
import type { User } from './user.entity';

/** The columns of a user that leave the house. */
export type ShownUser = Pick<
  User,
  'id' | 'phoneCiphertext' | 'username' | 'nickname' | 'email' | 'roles' | 'createdAt'
>;

/** @param phone `whole` only for the owner's own profile */
export function userView(user: ShownUser, vault: PhoneVault, phone: 'masked' | 'whole'): UserDto {
  const number = user.phoneCiphertext && vault.read(user.phoneCiphertext);
  return {
    id: user.id,
    phone: number && (phone === 'whole' ? number : maskPhone(number)),
    username: user.username,
    nickname: user.nickname,
    email: user.email,
    avatarUrl: null,
    roles: user.roles,
    createdAt: user.createdAt.toISOString(),
  };
}
