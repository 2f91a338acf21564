/** What a code is for. It serves nothing else. */
export const PURPOSES = [
  'register',
  'login',
  'reset_password',
  'change_phone',
  'step_up',
  'delete_account',
] as const;

export type Purpose = (typeof PURPOSES)[number];

const SIGNED_IN: ReadonlySet<Purpose> = new Set<Purpose>(['change_phone', 'step_up', 'delete_account']);
const OWN_NUMBER: ReadonlySet<Purpose> = new Set<Purpose>(['step_up', 'delete_account']);

/** Purposes that only a signed-in caller can ask for. */
export const needsSignIn = (purpose: Purpose): boolean => SIGNED_IN.has(purpose);

/** Purposes whose code goes to the caller's own number only. */
export const goesToOwnNumber = (purpose: Purpose): boolean => OWN_NUMBER.has(purpose);
