import { getSchemaPath } from '@nestjs/swagger';
import { ProblemDto } from './dto/problem.dto';
import { Problem, type ProblemMembers } from './problem';
import { PROBLEMS, type ProblemCode } from './problem-catalog';
import { problemDocument } from './problem-document';

export const PROBLEM_JSON = 'application/problem+json';

const REQUEST_ID = '019aa3c4-7d60-7c3e-9a55-0d6f3f1f8a1f';

/** What an occurrence typically says beyond its kind. */
const MEMBERS: Partial<Record<ProblemCode, ProblemMembers>> = {
  VALIDATION_FAILED: { errors: [{ pointer: '#/colour', code: 'UNKNOWN_MEMBER' }] },
  CODE_MISMATCH: { attemptsRemaining: 4 },
  SEND_COOLDOWN: { retryAfter: 47 },
  PHONE_HOURLY_LIMIT: { retryAfter: 1_740 },
  PHONE_DAILY_LIMIT: { retryAfter: 30_600 },
  IP_HOURLY_LIMIT: { retryAfter: 1_200 },
  SEGMENT_HOURLY_LIMIT: { retryAfter: 900 },
  LIVE_VERIFICATIONS: { retryAfter: 180 },
  CHECK_LIMIT: { retryAfter: 2_400 },
  UPLOADS_OPEN_LIMIT: { retryAfter: 540 },
  UPLOADS_DAILY_LIMIT: { retryAfter: 21_600 },
  PASSWORD_HOURLY_LIMIT: { retryAfter: 1_500 },
  REGISTRATION_STEP_MISSING: { missing: ['password'] },
};

interface ProblemExample {
  readonly summary: string;
  readonly value: Readonly<Record<string, unknown>>;
}

/** One response of a document: all problems that an operation can answer with one status. */
export interface ProblemResponse {
  readonly description: string;
  readonly content: {
    readonly [PROBLEM_JSON]: {
      readonly schema: { readonly $ref: string };
      readonly examples: Readonly<Partial<Record<ProblemCode, ProblemExample>>>;
    };
  };
}

/** Written by what writes the real answers, so that the two can't differ. */
export function problemResponse(codes: readonly ProblemCode[]): ProblemResponse {
  const inOrder = ALL_CODES.filter((code) => codes.includes(code));
  return {
    description: inOrder.map((code) => `- \`${code}\`: ${PROBLEMS[code].title.en}`).join('\n'),
    content: {
      [PROBLEM_JSON]: {
        schema: { $ref: getSchemaPath(ProblemDto) },
        examples: Object.fromEntries(inOrder.map((code) => [code, exampleOf(code)])),
      },
    },
  };
}

/** By status, as a document lists them. */
export function byStatus(codes: Iterable<ProblemCode>): Map<number, ProblemCode[]> {
  const groups = new Map<number, ProblemCode[]>();
  for (const code of codes) {
    const { status } = PROBLEMS[code];
    groups.set(status, [...(groups.get(status) ?? []), code]);
  }
  return groups;
}

const ALL_CODES = Object.keys(PROBLEMS) as ProblemCode[];

function exampleOf(code: ProblemCode): ProblemExample {
  const { body } = problemDocument(new Problem(code, MEMBERS[code]), REQUEST_ID, 'en');
  return { summary: PROBLEMS[code].title.en, value: body };
}
