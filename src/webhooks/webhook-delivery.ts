import { currentTraceParent, withClientSpan } from '../common/tracing';
import type { WebhookJob } from './webhook-job';
import { signWebhook } from './webhook-signature';

/** How one receiver is called. */
export interface DeliveryTerms {
  readonly secret: string;
  readonly deadlineMs: number;
}

/** One attempt over HTTP. */
export class WebhookDelivery {
  constructor(
    private readonly terms: DeliveryTerms,
    private readonly http: typeof fetch = fetch,
  ) {}

  /**
   * @param stopping ends the attempt when the process ends
   * @returns the status of the answer
   * @throws when there is none in time
   */
  post(url: string, job: WebhookJob, stopping: AbortSignal): Promise<number> {
    const { hostname } = new URL(url);
    const attributes = {
      'http.request.method': 'POST',
      'server.address': hostname,
      'webhook.event': job.event,
    };
    return withClientSpan('POST', attributes, async (span) => {
      const status = await this.send(url, job, stopping);
      const failure = status >= 400 ? String(status) : undefined;
      span.set({ 'http.response.status_code': status, 'error.type': failure });
      return status;
    });
  }

  private async send(url: string, job: WebhookJob, stopping: AbortSignal): Promise<number> {
    const { body } = job;
    const response = await this.http(url, {
      method: 'POST',
      body,
      headers: this.headersOf(job),
      // A redirect would lead the signed event to somebody who was not chosen: its status is a failure.
      redirect: 'manual',
      signal: AbortSignal.any([stopping, AbortSignal.timeout(this.terms.deadlineMs)]),
    });
    await response.body?.cancel();
    return response.status;
  }

  private headersOf({ id, body, traceParent: asker }: WebhookJob): Record<string, string> {
    const timestamp = Math.floor(Date.now() / 1_000);
    const traceParent = currentTraceParent() ?? asker;
    return {
      'Content-Type': 'application/json',
      'User-Agent': 'Gatecode-Webhooks/1',
      'Webhook-Id': id,
      'Webhook-Timestamp': String(timestamp),
      'Webhook-Signature': signWebhook(id, timestamp, body, this.terms.secret),
      ...(traceParent && { traceparent: traceParent }),
    };
  }
}
