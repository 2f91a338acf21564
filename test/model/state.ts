import type { StepName } from '../../src/auth/registration/registration-steps';
import type { Purpose } from '../../src/verification/purpose';

// What the service is expected to remember, as plainly as it can be said. Ids, codes and tokens are what the service
// answered; no rule looks into them.

export interface User {
  id?: string;
  /** None once deleted. */
  phone?: string;
  password?: string;
  /** {@link State.turn} in which the number became theirs. */
  phoneSince: number;
  readonly registeredAt: number;
  registration?: Registration;
}

export interface Verification {
  readonly id: string;
  readonly code: string;
  readonly phone: string;
  readonly purpose: Purpose;
  /** Who asked, where the purpose needs somebody. */
  readonly asker?: User;
  /** Stands for a number without an account: no code is right. */
  readonly isDecoy: boolean;
  readonly expiresAt: number;
  attempts: number;
  /** As Redis knows it. */
  isConsumed: boolean;
  /** As PostgreSQL knows it. */
  hasBought: boolean;
  /** Cancelled, or gone with Redis. */
  isGone: boolean;
}

export interface Ticket {
  value?: string;
  readonly verification: Verification;
  /** {@link State.turn} in which it was issued. */
  readonly since: number;
  readonly expiresAt: number;
  isUsed: boolean;
}

export interface Registration {
  readonly token: string;
  readonly verification: Verification;
  /** What is kept from the first step on. */
  kept?: { readonly done: Set<StepName>; readonly latest: number; until: number; password?: string };
}

export interface Session {
  id?: string;
  readonly user: User;
  /** One of each generation; the last is the newest. */
  readonly refreshTokens: string[];
  generation: number;
  rotatedAt: number;
  idleUntil: number;
  readonly absoluteUntil: number;
  elevatedUntil: number;
  isEnded: boolean;
}

export interface AccessToken {
  /** Another one after every step of the clock: the same token, older. */
  value: string;
  readonly session: Session;
  readonly expiresAt: number;
}

export class State {
  /** Seconds since the beginning. */
  now = 0;
  /** Counts commands: what PostgreSQL tells apart by microseconds. */
  turn = 0;
  readonly users: User[] = [];
  readonly verifications: Verification[] = [];
  readonly tickets: Ticket[] = [];
  readonly registrations: Registration[] = [];
  readonly sessions: Session[] = [];
  readonly accessTokens: AccessToken[] = [];

  constructor(readonly phones: readonly string[]) {}

  /** Whose number this is. */
  holderOf(phone: string): User | undefined {
    return this.users.find((user) => user.phone === phone);
  }
}
