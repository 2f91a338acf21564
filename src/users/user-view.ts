import { maskPhone } from '../common/phone';
import type { PhoneVault } from '../common/phone-vault';
import type { UserDto } from './dto/user.dto';
import type { User } from './user.entity';

/** The columns of a user that leave the house. */
export type ShownUser = Pick<
  User,
  | 'id'
  | 'phoneCiphertext'
  | 'username'
  | 'nickname'
  | 'email'
  | 'avatarUploadId'
  | 'avatarStore'
  | 'roles'
  | 'createdAt'
>;

/** The same columns `FROM users`, or what has their names. */
export const SHOWN_USER = `id, phone_ciphertext AS "phoneCiphertext", username, nickname, email,
  avatar_upload_id AS "avatarUploadId", avatar_store AS "avatarStore", roles, created_at AS "createdAt"`;

/**
 * @param phone `whole` only for the owner's own profile
 * @param avatarUrl as Avatars makes it
 */
export function userView(
  user: ShownUser,
  vault: PhoneVault,
  phone: 'masked' | 'whole',
  avatarUrl: string | null,
): UserDto {
  const number = user.phoneCiphertext && vault.read(user.phoneCiphertext);
  return {
    id: user.id,
    phone: number && (phone === 'whole' ? number : maskPhone(number)),
    username: user.username,
    nickname: user.nickname,
    email: user.email,
    avatarUrl,
    roles: user.roles,
    createdAt: user.createdAt.toISOString(),
  };
}
