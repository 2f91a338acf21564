import { type CallHandler, type ExecutionContext, Injectable, type NestInterceptor } from '@nestjs/common';
import { catchError, from, mergeMap, type Observable, throwError } from 'rxjs';
import type { RateLimitedRequest } from './rate-limited-request';

/** A request that fails has sent nothing: its send is given back before the caller hears of it. */
@Injectable()
export class GiveBackSendInterceptor implements NestInterceptor {
  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const request = context.switchToHttp().getRequest<RateLimitedRequest>();
    return next
      .handle()
      .pipe(
        catchError((error: unknown) =>
          from(request.giveBackSend?.() ?? Promise.resolve()).pipe(mergeMap(() => throwError(() => error))),
        ),
      );
  }
}
