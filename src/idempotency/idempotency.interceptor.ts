import {
  type CallHandler,
  type ExecutionContext,
  Inject,
  Injectable,
  Logger,
  type NestInterceptor,
} from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { ServerResponse } from 'node:http';
import { catchError, type Observable, of, throwError } from 'rxjs';
import { type ProxyTrust, trustOf } from '../common/client-address';
import { Problem } from '../common/problem';
import type { ProblemCode } from '../common/problem-catalog';
import { problemFrom } from '../common/problem-from-exception';
import type { RateLimitedRequest } from '../rate-limit/rate-limited-request';
import { type Answer, isOutcome, ownPart } from './answer';
import { AnswerStore, type Lease, LEASE_MS } from './answer-store';
import { CHANGES_NOTHING } from './changes-nothing.decorator';
import { isAnsweredForNow } from './for-now';
import { holdResponse } from './held-response';
import { CHANGING_METHODS, readIdempotencyKey } from './idempotency-key';
import { IDEMPOTENCY_OPTIONS, type IdempotencyModuleOptions } from './idempotency.options';
import { type CallersRequest, requestCaller } from './request-caller';
import { type PrintedRequest, requestPrint } from './request-print';

type KeyedRequest = PrintedRequest & CallersRequest & RateLimitedRequest & { readonly originalUrl?: string };

/** The response of Express, which is that of Node, or of Fastify. */
interface AnyResponse {
  readonly raw?: ServerResponse;
  getHeaders(): Readonly<Record<string, unknown>>;
}

/** Longer answers are not kept: nothing that changes state answers with as much. */
const LONGEST_ANSWER = 65_536;
/** No request lives that long: an upload has 60 s to arrive. */
const LONGEST_LEASE_MS = 120_000;
const PROLONG_MS = LEASE_MS / 4;

/**
 * `Idempotency-Key` on every route that changes state: who repeats a request with its key gets the answer of the first
 * one. Stands behind the guards, so that a caller is known and what they refuse is not remembered. Requests without the
 * header ask no store.
 */
@Injectable()
export class IdempotencyInterceptor implements NestInterceptor {
  private readonly logger = new Logger('Idempotency');
  private readonly trust: ProxyTrust;

  constructor(
    @Inject(AnswerStore) private readonly answers: AnswerStore,
    @Inject(IDEMPOTENCY_OPTIONS) options: IdempotencyModuleOptions,
    @Inject(Reflector) private readonly reflector: Reflector,
  ) {
    this.trust = trustOf(options.trustedProxies ?? 0);
  }

  intercept(
    context: ExecutionContext,
    next: CallHandler,
  ): Observable<unknown> | Promise<Observable<unknown>> {
    if (context.getType() !== 'http') return next.handle();
    const http = context.switchToHttp();
    const request = http.getRequest<KeyedRequest>();
    const header = request.headers['idempotency-key'];
    if (header === undefined || !CHANGING_METHODS.has(request.method)) return next.handle();
    if (this.reflector.get<boolean | undefined>(CHANGES_NOTHING, context.getHandler())) return next.handle();
    return this.carryOut(header, request, http.getResponse<AnyResponse>(), next);
  }

  private async carryOut(
    header: string | string[],
    request: KeyedRequest,
    response: AnyResponse,
    next: CallHandler,
  ): Promise<Observable<unknown>> {
    const key = readIdempotencyKey(header);
    if (key === undefined) throw new Problem('IDEMPOTENCY_KEY_INVALID');
    const caller = requestCaller(request, this.trust);
    const { method, originalUrl: url = request.url, headers, body } = request;
    const claim = await this.answers.claim(caller, key, requestPrint({ method, url, headers, body }));
    if (claim.verdict === 'yours') return this.first(claim.lease, request, response, next);
    // Nothing will be sent.
    await request.giveBackSend?.();
    if (claim.verdict === 'done') return repetition(claim.answer, response);
    if (claim.verdict === 'in flight') throw new Problem('IDEMPOTENCY_IN_FLIGHT', { retryAfter: 1 });
    throw new Problem('IDEMPOTENCY_KEY_REUSED');
  }

  /** Keeps the answer before its last byte leaves: who has seen it can rely on it. */
  private first(
    lease: Lease,
    request: KeyedRequest,
    response: AnyResponse,
    next: CallHandler,
  ): Observable<unknown> {
    const before = response.getHeaders();
    const stopProlonging = this.prolong(lease);
    let refusal: ProblemCode | undefined;
    holdResponse(nodeResponse(response), LONGEST_ANSWER, async (answer) => {
      stopProlonging();
      const isFinal = answer && !isAnsweredForNow(request) && isOutcome(answer.status, refusal);
      await this.settle(lease, answer && ownPart(answer, before), isFinal ?? false);
      return undefined;
    });
    return next.handle().pipe(
      catchError((error: unknown) => {
        refusal = problemFrom(error).code;
        return throwError(() => error);
      }),
    );
  }

  private async settle(lease: Lease, answer: Answer | undefined, isFinal: boolean): Promise<void> {
    try {
      if (!answer) this.logger.warn({ event: 'idempotency.answer-too-long' });
      if (!answer || !isFinal) await this.answers.giveUp(lease);
      else if (!(await this.answers.keep(lease, answer)))
        this.logger.warn({ event: 'idempotency.lease-lost' });
    } catch (error) {
      // The work is done and its answer is worth more than a refusal. A repetition is refused until the lease ends.
      this.logger.warn({ event: 'idempotency.not-kept', message: String(error) });
    }
  }

  private prolong(lease: Lease): () => void {
    let left = LONGEST_LEASE_MS / PROLONG_MS;
    const timer = setInterval(() => {
      if ((left -= 1) < 0) return clearInterval(timer);
      // Who can't is late at worst, and tries again soon.
      this.answers.prolong(lease).catch(() => undefined);
    }, PROLONG_MS).unref();
    return () => clearInterval(timer);
  }
}

/** The handler is not called; the platform answers nothing, and what was kept leaves in its place. */
function repetition({ status, headers, body }: Answer, response: AnyResponse): Observable<unknown> {
  const answer: Answer = { status, headers: [...headers, ['Idempotency-Replayed', 'true']], body };
  holdResponse(nodeResponse(response), Infinity, () => Promise.resolve(answer));
  return of(undefined);
}

function nodeResponse(response: AnyResponse): ServerResponse {
  return response.raw ?? (response as unknown as ServerResponse);
}
