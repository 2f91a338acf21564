import { ApiModel, ApiCount, ApiList, ApiText } from '../api-fields.decorator';

@ApiModel('GatecodeProblemError', 'One member of the request that is not valid.')
export class ProblemErrorDto {
  /**
   * JSON Pointer to the member; `#` is the whole body.
   * @example "#/captcha/answer"
   */
  @ApiText(200)
  readonly pointer: string;
  /**
   * Stable; what is wrong with it.
   * @example "UNKNOWN_MEMBER"
   */
  @ApiText(64, '^[A-Z][A-Z0-9_]*$')
  readonly code: string;
  /** What it should look like, for people; in the language of the answer. */
  @ApiText(500)
  readonly detail?: string;
}

@ApiModel('GatecodeProblem', 'Why a request was not done (RFC 9457). Switch on `code`.')
export class ProblemDto {
  /**
   * Names the kind of problem.
   * @example "https://gatecode.dev/problems/rate-limited"
   */
  @ApiText(200, '^https://gatecode\\.dev/problems/[a-z0-9-]+$')
  readonly type: string;
  /**
   * The same for every occurrence; in the language of the answer.
   * @example "Too many requests"
   */
  @ApiText(200)
  readonly title: string;
  /** @example 429 */
  @ApiCount({ minimum: 400, maximum: 599 })
  readonly status: number;
  /**
   * Stable. New ones can come: treat an unknown code like its status.
   * @example "RATE_LIMITED"
   */
  @ApiText(64, '^[A-Z][A-Z0-9_]*$')
  readonly code: string;
  /**
   * What to do now, for people; in the language of the answer.
   * @example "Repeat in 60 s."
   */
  @ApiText(500)
  readonly detail: string;
  /**
   * Names this occurrence.
   * @example "urn:gatecode:request:019aa3c4-7d60-7c3e-9a55-0d6f3f1f8a1f"
   */
  @ApiText(100)
  readonly instance: string;
  /**
   * Also in `X-Request-Id`; the logs know the request by it.
   * @example "019aa3c4-7d60-7c3e-9a55-0d6f3f1f8a1f"
   */
  @ApiText(64)
  readonly requestId: string;
  /**
   * Seconds after which the same request may succeed; also in `Retry-After`.
   * @example 60
   */
  @ApiCount({ minimum: 1 })
  readonly retryAfter?: number;
  /**
   * Codes that may still be tried.
   * @example 4
   */
  @ApiCount({ maximum: 10 })
  readonly attemptsRemaining?: number;
  /** With `VALIDATION_FAILED`: what is wrong, and where. */
  @ApiList(20)
  readonly errors?: ProblemErrorDto[];
  /**
   * With `REGISTRATION_STEP_MISSING`: the steps that have to come first.
   * @example ["password"]
   */
  @ApiList(10)
  readonly missing?: string[];
}
