import type { Secrets } from '../common/secrets';
import type { StepName } from './registration/registration-steps';
import type { SigningAlgorithm } from '../tokens/key-set.interface';
import type { CaptchaMode } from '../verification/verification.options';

/** What AuthModule needs to know. Lifetimes in seconds. */
export interface AuthModuleOptions {
  readonly secrets: Secrets;
  /** ISO 3166 codes; the first is assumed for national spellings of identifiers. */
  readonly countries: readonly string[];
  readonly issuer: string;
  readonly audience: string;
  readonly accessTokenTtl: number;
  /** What new signing keys are for; keys of another kind go on until they are replaced. Default ES256. */
  readonly algorithm?: SigningAlgorithm;
  /** A signing key is replaced after this many days; 0 = only when an operator asks. Default 90. */
  readonly keyRotationDays?: number;
  /** A session ends when it was not refreshed for this long. */
  readonly refreshIdleTtl: number;
  /** A session ends after this long, however busy. */
  readonly refreshAbsoluteTtl: number;
  /** A refresh token that was just used gives the same successor again within this time: answers get lost. */
  readonly refreshReuseGrace: number;
  /** Wrong passwords for one identifier per hour; 0 = no limit. */
  readonly passwordHourlyLimit: number;
  /** With `never` no captcha is asked for after wrong passwords either. Default `risk`. */
  readonly captchaMode?: CaptchaMode;
  /** Whether a log-in by code may make an account, where it asks for that. Default true. */
  readonly logInCreatesUsers?: boolean;
  /**
   * Days without use after which a code alone opens no account that has a password: numbers get new owners.
   * Default 0: never.
   */
  readonly idleAccountDays?: number;
  /** Numbers, in any spelling, whose owners get the role `admin` when they prove them. Default none. */
  readonly adminPhones?: readonly string[];
  /** Days for which a deleted account can be brought back; 0 erases it at once. Default 7. */
  readonly accountHoldDays?: number;
  /** Roles that there are besides `user` and `admin`. Default none. */
  readonly roles?: readonly string[];
  /** Steps that a registration can't do without; `phone` never can. Default all. */
  readonly registrationSteps?: readonly StepName[];
  /** Seconds from one step of a registration to the next. Default 1800. */
  readonly registrationTtl?: number;
  /** Version of the terms that people consent to by registering. Default `1`. */
  readonly policyVersion?: string;
  /** Who may introspect and revoke tokens. Default nobody. */
  readonly oauthClients?: readonly { readonly id: string; readonly secret: string }[];
  /** Password hashes computed at the same time; each takes 19 MiB. Default one per processor, at most 4. */
  readonly parallelHashes?: number;
}

/** Injection token for {@link AuthModuleOptions}. */
export const AUTH_OPTIONS = Symbol('AUTH_OPTIONS');
