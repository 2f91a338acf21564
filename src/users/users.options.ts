import type { Secrets } from '../common/secrets';

/** What UsersModule needs to know. */
export interface UsersModuleOptions {
  readonly secrets: Secrets;
  /** ISO 3166 codes; the first is assumed for national spellings. */
  readonly countries: readonly string[];
}

/** Injection token for {@link UsersModuleOptions}. */
export const USERS_OPTIONS = Symbol('USERS_OPTIONS');
