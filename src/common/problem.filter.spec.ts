import { type ArgumentsHost, HttpException, Logger, ServiceUnavailableException } from '@nestjs/common';
import type { HttpAdapterHost } from '@nestjs/core';
import { Problem } from './problem';
import { ProblemFilter } from './problem.filter';

const adapter = {
  getHeader: () => 'request-1',
  isHeadersSent: () => false,
  setHeader: () => undefined,
  appendHeader: () => undefined,
  reply: () => undefined,
};
const http = { getRequest: () => ({ headers: {} }), getResponse: () => ({}) };
const host = { getType: () => 'http', switchToHttp: () => http } as unknown as ArgumentsHost;

/** The lines that an exception leaves in the log. */
function linesOf(exception: unknown): string[] {
  const lines: string[] = [];
  const note = (line: unknown) => void lines.push(String(line));
  jest.spyOn(Logger.prototype, 'warn').mockImplementation(note);
  jest.spyOn(Logger.prototype, 'error').mockImplementation(note);
  new ProblemFilter({ httpAdapter: adapter } as unknown as HttpAdapterHost).catch(exception, host);
  return lines;
}

describe('What is logged of a problem', () => {
  afterEach(() => jest.restoreAllMocks());

  it.each<[string, unknown, string[]]>([
    ['nothing of what the caller can mend', new Problem('VALIDATION_FAILED'), []],
    [
      'its code once',
      new Problem('SMS_BUDGET_EXHAUSTED', { retryAfter: 9 }),
      ['SMS_BUDGET_EXHAUSTED: The SMS budget is used up'],
    ],
    [
      'what has led to it',
      new Problem('STORE_UNAVAILABLE', {}, { cause: new Error('Connection is closed.') }),
      ['STORE_UNAVAILABLE: Connection is closed.'],
    ],
    [
      'a store that is gone',
      new Error('Connection terminated'),
      ['STORE_UNAVAILABLE: Connection terminated'],
    ],
    ["a framework's", new ServiceUnavailableException('Full'), ['OVERLOADED: Full']],
    ['a fault of ours', new Error('no such thing'), ['INTERNAL_ERROR: no such thing']],
    ['a fault of ours that is named', new Problem('INTERNAL_ERROR'), ['INTERNAL_ERROR: Internal error']],
    ["a framework's fault", new HttpException('Broken', 500), ['INTERNAL_ERROR: Broken']],
  ])('is %s', (_, exception, lines) => {
    expect(linesOf(exception)).toEqual(lines);
  });
});
