import { applyDecorators, Header } from '@nestjs/common';
import { ApiHeader } from '@nestjs/swagger';
import type { ProblemCode } from '../common/problem-catalog';
import { Problems } from '../common/problems.decorator';
import { CountsSends, RateLimit } from '../rate-limit/rate-limit.decorator';

/**
 * A route that has a code sent: limited, counted as a send of the caller's address, and refused for the reasons that a send
 * can be refused for.
 * @param others what the route is refused for besides
 */
export function SendsCode(...others: ProblemCode[]): MethodDecorator {
  return applyDecorators(
    RateLimit('verifications'),
    CountsSends(),
    Header('Cache-Control', 'no-store'),
    Problems(
      'RATE_LIMITED',
      'IP_HOURLY_LIMIT',
      'SEND_COOLDOWN',
      'PHONE_HOURLY_LIMIT',
      'PHONE_DAILY_LIMIT',
      'VOICE_DAILY_LIMIT',
      'SEGMENT_HOURLY_LIMIT',
      'SEND_BLOCKED',
      'SMS_BUDGET_EXHAUSTED',
      'SMS_UNAVAILABLE',
      ...others,
    ),
  );
}

/** A route that starts a verification, in the language that the caller reads. */
export function StartsSending(): MethodDecorator {
  return applyDecorators(
    SendsCode('CAPTCHA_REQUIRED', 'CAPTCHA_INVALID', 'LIVE_VERIFICATIONS'),
    ApiHeader({
      name: 'Accept-Language',
      description: 'The language of the message, and of problems. Without it the message is in Chinese.',
      required: false,
      schema: { type: 'string', maxLength: 200 },
    }),
  );
}
