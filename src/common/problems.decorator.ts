import { applyDecorators } from '@nestjs/common';
import { ApiExtraModels, ApiResponse } from '@nestjs/swagger';
import { ProblemDto } from './dto/problem.dto';
import type { ProblemCode } from './problem-catalog';
import { byStatus, problemResponse } from './problem-responses';

/**
 * Documents the problems that an operation answers with. Stands once on a method. What follows from the operation's
 * shape (a body, a bearer token, a limit) is added to the document and need not be listed: see `src/docs/`.
 */
export function Problems(...codes: ProblemCode[]): MethodDecorator {
  const responses = [...byStatus(codes)].map(([status, group]) =>
    ApiResponse({ status, ...problemResponse(group) }),
  );
  return applyDecorators(ApiExtraModels(ProblemDto), ...responses);
}
