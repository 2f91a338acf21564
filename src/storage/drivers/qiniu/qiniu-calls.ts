import type { Clock } from '../../../common/clock';
import { backOff } from '../common/backoff';
import { Deadline } from '../common/deadline';
import type { QiniuCredentials } from './qiniu-credentials';
import { lostError, statusError } from './qiniu-error';
import type { QiniuHosts } from './qiniu-hosts';
import type { HttpAnswer, HttpRequest, QiniuHttp } from './qiniu-http';
import { judgeStatus, type Retry } from './qiniu-statuses';
import type { QiniuLimits } from './qiniu.options';
import { FORM_TYPE, qiniuAuthorization, qiniuDate } from './request-signature';
import type { Service } from './service-origins';

export interface QiniuCall {
  /** For operators: `stat`, `upload`. */
  readonly name: string;
  readonly service: Service;
  readonly method: HttpRequest['method'];
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Buffer | string;
  /** Statuses that are an answer to the caller and no fault. Default: 200. */
  readonly expects?: readonly number[];
}

export interface QiniuReply extends HttpAnswer {
  /** An earlier attempt came to no answer: it may have been carried out. */
  readonly repeated: boolean;
}

const MAX_ATTEMPTS = 3;
/** How much longer than the shortest pause each kind of repetition waits. */
const PAUSES: Readonly<Record<Exclude<Retry, 'no'>, number>> = { soon: 1, once: 1, later: 4 };

/**
 * Calls to Qiniu, repeated where that is sensible, on the next host if there is one. Uploads bring their token
 * with them, all others are signed here.
 */
export class QiniuCalls {
  constructor(
    private readonly credentials: QiniuCredentials,
    readonly hosts: QiniuHosts,
    private readonly http: QiniuHttp,
    private readonly limits: QiniuLimits,
    private readonly clock: Clock,
  ) {}

  /** @throws {StorageError} */
  async run(call: QiniuCall, deadline: Deadline): Promise<QiniuReply> {
    const { name, expects = [200] } = call;
    let repeated = false;
    for (let attempt = 1; ; attempt += 1) {
      const origins = await this.hosts.of(call.service, deadline);
      const outcome = await this.attempt(call, origins[(attempt - 1) % origins.length], deadline);
      if (typeof outcome !== 'string' && expects.includes(outcome.status)) return { ...outcome, repeated };
      const failure = typeof outcome === 'string' ? lostError(name, outcome) : statusError(name, outcome);
      const retry = typeof outcome === 'string' ? 'soon' : judgeStatus(outcome.status).retry;
      if (failure.message.includes('incorrect region')) this.hosts.forget();
      if (retry === 'no' || attempt >= (retry === 'once' ? 2 : MAX_ATTEMPTS)) throw failure;
      // A gateway's 5xx does not tell either whether the call came through.
      repeated ||= retry === 'soon';
      await backOff(this.limits.retryMs * attempt * PAUSES[retry], deadline);
    }
  }

  /** A call of the management API under a deadline of its own. */
  async manage(call: QiniuCall): Promise<QiniuReply> {
    const deadline = new Deadline(this.limits.callMs);
    try {
      return await this.run(call, deadline);
    } finally {
      deadline.end();
    }
  }

  /** @returns the answer; without one the code of what came between */
  private async attempt(call: QiniuCall, origin: string, deadline: Deadline): Promise<HttpAnswer | string> {
    const limit = new Deadline(this.limits.stallMs, deadline.signal);
    try {
      return await this.http.call(this.request(call, origin), limit.signal);
    } catch (error) {
      if (deadline.fault) throw deadline.fault;
      const { code, name } = error as { code?: string; name: string };
      // Our own fault: no repetition mends it.
      if (code === 'UND_ERR_INVALID_ARG') throw error;
      return limit.fault ? 'DEADLINE' : (code ?? name);
    } finally {
      limit.end();
    }
  }

  private request({ service, method, path, headers = {}, body }: QiniuCall, origin: string): HttpRequest {
    if (service === 'up') return { method, origin, path, headers, body };
    const signed = { 'content-type': FORM_TYPE, 'X-Qiniu-Date': qiniuDate(this.clock.now()) };
    const { host } = new URL(origin);
    const authorization = qiniuAuthorization(this.credentials, {
      method,
      path,
      host,
      contentType: FORM_TYPE,
      headers: signed,
      body,
    });
    return { method, origin, path, headers: { ...headers, ...signed, authorization }, body };
  }
}
