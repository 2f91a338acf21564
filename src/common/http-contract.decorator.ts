import { applyDecorators, UseFilters, UsePipes } from '@nestjs/common';
import { ProblemFilter } from './problem.filter';
import { createValidationPipe } from './validation';

/**
 * Checks requests and answers errors as the HTTP contract says. Every controller carries it, so that it keeps the contract
 * in a host whose own pipes and filters are others, and changes none of the host's routes.
 */
export function HttpContract(): ClassDecorator {
  return applyDecorators(UsePipes(createValidationPipe()), UseFilters(ProblemFilter));
}
