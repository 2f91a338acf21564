import { type ExecutionContext, Inject, Injectable } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { ThrottlerGuard, type ThrottlerRequest } from '@nestjs/throttler';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { uuidv7 } from 'uuidv7';
import { addressBucket, clientAddress, type ProxyTrust, trustOf } from '../common/client-address';
import { Problem } from '../common/problem';
import { rateLimitHeaders, wholeSeconds } from './rate-limit-headers';
import { ADDRESSES_OF_NETWORK, RATE_LIMIT_OPTIONS, type RateLimitModuleOptions } from './rate-limit.options';
import type { RateLimitedRequest } from './rate-limited-request';
import {
  type AdmissionDecision,
  type AdmissionRequest,
  RedisThrottlerStorage,
} from './redis-throttler-storage';

/** Metadata keys, written by the decorators of this folder. */
export const RATE_LIMIT_GROUP = 'gatecode:rate-limit-group';
export const COUNTS_SENDS = 'gatecode:counts-sends';

const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;

/** Limits the routes that carry `@RateLimit()`. Other routes cost nothing, even with the guard before them. */
@Injectable()
export class RateLimitGuard extends ThrottlerGuard {
  private readonly trust: ProxyTrust;
  // A guard that stands on the class and on the method runs twice and counts once.
  private static readonly counted = new WeakSet<object>();

  constructor(
    @Inject(RATE_LIMIT_OPTIONS) private readonly limits: RateLimitModuleOptions,
    @Inject(RedisThrottlerStorage) private readonly limiter: RedisThrottlerStorage,
    @Inject(Reflector) reflector: Reflector,
  ) {
    super({ throttlers: [{ ttl: MINUTE_MS, limit: limits.perMinute }] }, limiter, reflector);
    this.trust = trustOf(limits.trustedProxies ?? 0);
  }

  protected override async shouldSkip(context: ExecutionContext): Promise<boolean> {
    if (this.groupOf(context) === undefined) return true;
    const request = context.switchToHttp().getRequest<RateLimitedRequest & Record<string, unknown>>();
    if (RateLimitGuard.counted.has(request)) return true;
    RateLimitGuard.counted.add(request);
    request.clientAddress = await this.getTracker(request);
    return this.limits.perMinute <= 0 && !this.countsSends(context);
  }

  protected override async handleRequest({
    context,
    limit,
    ttl,
    getTracker,
  }: ThrottlerRequest): Promise<boolean> {
    const { req, res } = this.getRequestResponse(context);
    const request = req as RateLimitedRequest;
    const bucket = await getTracker(req, context);
    const reservation = this.countsSends(context) ? uuidv7() : undefined;
    const decision = await this.decide(req, {
      bucket,
      group: this.groupOf(context) ?? '',
      limit,
      windowMs: ttl,
      send: reservation ? { ...this.sendLimits(), windowMs: HOUR_MS, reservation } : undefined,
    });
    if (!decision) return true;
    this.announce(res, context, decision);
    if (decision.verdict === 'too many requests') throw refusal('RATE_LIMITED', decision.windowLeftMs);
    if (decision.verdict === 'too many sends') throw refusal('IP_HOURLY_LIMIT', decision.sendsLeftMs);
    if (reservation) this.lend(request, (res.raw ?? res) as ServerResponse, decision.sends, reservation);
    return true;
  }

  /** @returns nothing for a read while the store is gone: reading costs little, and needs no store that counts */
  private async decide(
    { method }: Record<string, unknown>,
    asked: AdmissionRequest,
  ): Promise<AdmissionDecision | undefined> {
    try {
      return await this.limiter.admit(asked);
    } catch (error) {
      if (method === 'GET' && error instanceof Problem && error.code === 'STORE_UNAVAILABLE')
        return undefined;
      throw error;
    }
  }

  protected override getTracker(req: Record<string, unknown>): Promise<string> {
    // setUpApp may have found it out already.
    const known = (req as unknown as RateLimitedRequest).clientAddress;
    if (known !== undefined) return Promise.resolve(known);
    // Fastify wraps the request of Node.
    const { socket, headers } = (req.raw ?? req) as IncomingMessage;
    return Promise.resolve(
      addressBucket(clientAddress(socket.remoteAddress, headers['x-forwarded-for'], this.trust)),
    );
  }

  private sendLimits(): { limit: number; networkLimit: number } {
    const { sendsPerHour: limit, sendsPerPrefixAndHour } = this.limits;
    return { limit, networkLimit: sendsPerPrefixAndHour ?? limit * ADDRESSES_OF_NETWORK };
  }

  /** Leaves the way to give the send back; who fails after this guard gives it back without knowing of it. */
  private lend(
    request: RateLimitedRequest,
    response: ServerResponse,
    sends: number,
    reservation: string,
  ): void {
    const bucket = request.clientAddress ?? '';
    let isLent = true;
    request.addressSends = sends;
    request.sendReservation = reservation;
    request.giveBackSend = async () => {
      if (!isLent) return;
      isLent = false;
      // A store that is gone can't be told. The slot is then free an hour later: the limit errs on the strict side.
      await this.limiter.giveBack(bucket, reservation).catch(() => undefined);
    };
    // A later guard may refuse, which no interceptor sees.
    response.once('finish', () => {
      if (response.statusCode >= 400) void request.giveBackSend?.();
    });
  }

  private announce(
    response: Record<string, unknown>,
    context: ExecutionContext,
    decision: AdmissionDecision,
  ): void {
    const { perMinute, sendsPerHour } = this.limits;
    const { verdict, hits, windowLeftMs, sends, sendsLeftMs } = decision;
    const states = [
      {
        name: this.groupOf(context) ?? '',
        quota: perMinute,
        windowMs: MINUTE_MS,
        used: hits,
        leftMs: windowLeftMs,
      },
    ];
    if (this.countsSends(context) && verdict !== 'too many requests') {
      const used = verdict === 'admitted' ? sends + 1 : sends;
      states.push({ name: 'sends', quota: sendsPerHour, windowMs: HOUR_MS, used, leftMs: sendsLeftMs });
    }
    for (const [name, value] of Object.entries(rateLimitHeaders(states)))
      this.setResponseHeader(response, name, value);
  }

  private groupOf(context: ExecutionContext): string | undefined {
    return this.reflector.getAllAndOverride<string | undefined>(RATE_LIMIT_GROUP, targetsOf(context));
  }

  private countsSends(context: ExecutionContext): boolean {
    return this.reflector.getAllAndOverride<boolean | undefined>(COUNTS_SENDS, targetsOf(context)) ?? false;
  }
}

const targetsOf = (context: ExecutionContext) => [context.getHandler(), context.getClass()];

function refusal(code: 'RATE_LIMITED' | 'IP_HOURLY_LIMIT', waitMs: number): Problem {
  return new Problem(code, { retryAfter: wholeSeconds(waitMs) });
}
