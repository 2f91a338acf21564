import {
  type ArgumentsHost,
  Catch,
  type ExceptionFilter,
  Injectable,
  Logger,
  Optional,
} from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { IncomingHttpHeaders } from 'node:http';
import { uuidv7 } from 'uuidv7';
import { Problem } from './problem';
import { problemDocument } from './problem-document';
import { problemFrom } from './problem-from-exception';
import { redact, redactText } from './redaction';
import { currentRequestId } from './request-context';
import { RouteTable } from './route-table';

interface AnyRequest {
  readonly headers: IncomingHttpHeaders;
  /** As the limiter leaves it; never rejects. */
  readonly giveBackSend?: () => Promise<void>;
}

/** Answers every exception as `application/problem+json`, on every platform that Nest runs on. */
@Catch()
@Injectable()
export class ProblemFilter implements ExceptionFilter {
  private readonly logger = new Logger('Problems');

  constructor(
    private readonly adapters: HttpAdapterHost,
    @Optional() private readonly routes?: RouteTable,
  ) {}

  catch(exception: unknown, host: ArgumentsHost): void {
    // A host platform may speak other protocols: their answers are not ours.
    if (host.getType() !== 'http') throw exception;
    const http = host.switchToHttp();
    const request = http.getRequest<AnyRequest>();
    const answer = () => this.answer(exception, request, http.getResponse<object>());
    // A request that fails has sent nothing. Who hears of it and comes again at once shall find its send given back.
    if (request.giveBackSend) void request.giveBackSend().then(answer);
    else answer();
  }

  /** For what happens outside of Nest's own handlers, too. */
  answer(exception: unknown, request: AnyRequest, response: object): void {
    const adapter = this.adapters.httpAdapter;
    const problem = this.refine(problemFrom(exception), exception, request);
    const sent: unknown = adapter.getHeader(response, 'X-Request-Id');
    const requestId = currentRequestId() ?? (typeof sent === 'string' ? sent : uuidv7());
    this.log(problem, exception, requestId);
    if (adapter.isHeadersSent(response)) return void adapter.end(response);
    const { status, headers, body } = problemDocument(problem, requestId, request.headers['accept-language']);
    for (const [name, value] of Object.entries(headers)) adapter.setHeader(response, name, value);
    adapter.setHeader(response, 'X-Request-Id', requestId);
    adapter.appendHeader(response, 'Vary', 'Accept-Language');
    adapter.reply(response, body, status);
  }

  /** What only the request can tell. */
  private refine(problem: Problem, exception: unknown, request: AnyRequest): Problem {
    if (exception instanceof Problem) return problem;
    if (problem.code === 'UNAUTHENTICATED' && request.headers.authorization)
      return new Problem('TOKEN_INVALID');
    if (problem.code !== 'NOT_FOUND' || !this.routes) return problem;
    const adapter = this.adapters.httpAdapter;
    const [path] = String(adapter.getRequestUrl(request)).split('?');
    const allow = this.routes.methodsOf(path);
    const isKnown = allow.length === 0 || allow.includes(String(adapter.getRequestMethod(request)));
    return isKnown ? problem : new Problem('METHOD_NOT_ALLOWED', { allow });
  }

  private log(problem: Problem, exception: unknown, requestId: string): void {
    const status = problem.getStatus();
    if (status < 500) return;
    const cause = problem.cause instanceof Error ? problem.cause : exception;
    const message = cause instanceof Error ? cause.message : String(cause);
    // A host's logger may not redact: what is handed to it is clean already. A problem's own message has its code.
    const line = redactText(cause === problem ? message : `${problem.code}: ${message}`);
    if (status === 503) this.logger.warn(line, { requestId });
    else this.logger.error(line, { requestId, exception: redact(exception) });
  }
}
