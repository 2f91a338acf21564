/** The problems that the model expects, with their status. */
const STATUS = {
  TOKEN_INVALID: 401,
  LOGIN_FAILED: 401,
  REFRESH_INVALID: 401,
  REFRESH_REUSED: 401,
  STEP_UP_REQUIRED: 403,
  NOT_FOUND: 404,
  PHONE_TAKEN: 409,
  REGISTRATION_STEP_MISSING: 409,
  VERIFICATION_UNKNOWN: 410,
  VERIFICATION_USED: 410,
  VERIFICATION_EXHAUSTED: 410,
  VERIFICATION_EXPIRED: 410,
  REGISTRATION_EXPIRED: 410,
  TICKET_INVALID: 410,
  VALIDATION_FAILED: 422,
  CODE_MISMATCH: 422,
  ACCOUNT_NOT_FOUND: 422,
} as const;

export type RefusalCode = keyof typeof STATUS;

/** What a problem document says, as far as the model foretells it. */
export class Refusal {
  readonly status: number;

  constructor(
    readonly code: RefusalCode,
    readonly more: { attemptsRemaining?: number; missing?: readonly string[] } = {},
  ) {
    this.status = STATUS[code];
  }
}
