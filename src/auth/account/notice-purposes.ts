/** What an account's owner is told by SMS once it has happened. */
export const NOTICES = [
  'notice_phone_changed',
  'notice_password_changed',
  'notice_password_reset',
  'notice_account_deleted',
] as const;

export type NoticePurpose = (typeof NOTICES)[number];
