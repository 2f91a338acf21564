import type { PhoneVault } from '../../common/phone-vault';
import type { Phone } from '../../common/phone';
import type { Secrets } from '../../common/secrets';
import type { LockedAccount } from './account-statements';

/** What of a deleted account may come back. */
export type HeldAccount = Readonly<
  Pick<
    LockedAccount,
    'username' | 'usernameKey' | 'usernameSkeleton' | 'email' | 'emailKey' | 'nickname' | 'passwordHash'
  > & { phone: Phone | null }
>;

const contextOf = (userId: string): string => `held-account:${userId}`;

export function sealAccount(account: LockedAccount, secrets: Secrets, vault: PhoneVault): Buffer {
  const { username, usernameKey, usernameSkeleton, email, emailKey, nickname, passwordHash } = account;
  const phone = account.phoneCiphertext && vault.read(account.phoneCiphertext);
  const held: HeldAccount = {
    phone,
    username,
    usernameKey,
    usernameSkeleton,
    email,
    emailKey,
    nickname,
    passwordHash,
  };
  return secrets.seal('held-account', JSON.stringify(held), contextOf(account.id));
}

/** @throws when it was sealed for another account, or with another secret */
export function openAccount(sealed: Buffer, userId: string, secrets: Secrets): HeldAccount {
  return JSON.parse(secrets.open('held-account', sealed, contextOf(userId)).toString('utf8')) as HeldAccount;
}
