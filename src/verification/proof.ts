import type { StoredPhone } from '../common/phone-vault';
import type { Purpose } from './purpose';

/** Possession of a number, proven by a right code that is now consumed. */
export interface Proof {
  readonly verificationId: string;
  readonly purpose: Purpose;
  readonly phone: StoredPhone;
  /** The user who asked for the code, where the purpose needs one. */
  readonly userId?: string;
  /** It is that of a test number, whose code many may know. */
  readonly isTest?: boolean;
}
