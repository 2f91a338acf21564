import { Injectable } from '@nestjs/common';
import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';

// The advice of the semantic conventions for http.server.request.duration.
const SECONDS = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10];
/** A large object on its way takes longer. */
const TRANSFER_SECONDS = [...SECONDS, 30, 60, 300];

/**
 * Every metric of this application, on a registry of its own: two applications in one process do not meet. A host may
 * add its own to the registry.
 */
@Injectable()
export class Metrics {
  readonly registry = new Registry();

  readonly attempts = this.counter('sms_attempts_total', 'Calls of SMS gateways', [
    'provider',
    'purpose',
    'country',
    'outcome',
  ]);
  readonly attemptSeconds = this.histogram('sms_provider_request_duration_seconds', 'Time of gateway calls', [
    'provider',
    'outcome',
  ]);
  readonly cost = this.counter('sms_cost_minor_units_total', 'What accepted messages cost', [
    'provider',
    'currency',
  ]);
  readonly receipts = this.counter('sms_delivery_reports_total', 'Delivery reports', ['provider', 'status']);
  readonly unknownCodes = this.counter('sms_unknown_codes_total', 'Answers with a code nobody documented', [
    'provider',
  ]);
  readonly circuits = this.gauge(
    'sms_provider_circuit_state',
    'Circuit of a gateway: 0 closed, 1 half-open, 2 open',
    ['provider'],
  );
  readonly blocked = this.counter('sms_blocked_total', 'Decisions of the guard against pumping', [
    'kind',
    'effect',
  ]);
  readonly outboxPending = this.gauge('sms_outbox_pending', 'Messages that are not settled');
  readonly outboxAge = this.gauge('sms_outbox_oldest_age_seconds', 'Age of the oldest that is not settled');
  readonly budgets = this.gauge('sms_budget_used_ratio', 'Share of a budget that is used', [
    'window',
    'kind',
  ]);
  readonly checks = this.counter('otp_verifications_total', 'Judged codes', ['purpose', 'result']);
  readonly reuses = this.counter(
    'auth_refresh_reuse_detected_total',
    'Sessions ended because a refresh token was used twice',
  );
  readonly uploadsBegun = this.counter('uploads_begun_total', 'Uploads that were given leave to', [
    'purpose',
  ]);
  readonly uploadsSettled = this.counter('uploads_settled_total', 'What became of uploads', [
    'purpose',
    'outcome',
    'reason',
  ]);
  readonly storageSeconds = this.histogram(
    'storage_call_duration_seconds',
    'Time until a store of objects has answered a call',
    ['store', 'operation', 'outcome'],
    TRANSFER_SECONDS,
  );
  readonly storageFailures = this.counter(
    'storage_call_failures_total',
    'Calls of stores of objects that failed for no fault of the object',
    ['store', 'operation', 'fault'],
  );
  readonly deletionsPending = this.gauge('storage_deletions_pending', 'Objects that should be gone');
  readonly deletionsAge = this.gauge(
    'storage_deletions_oldest_age_seconds',
    'For how long the oldest of them should be',
  );
  readonly requestSeconds = this.histogram(
    'http_server_request_duration_seconds',
    'Time from a request to the end of its answer',
    ['method', 'route', 'status'],
  );
  readonly storeUp = this.gauge('gatecode_store_up', 'Whether a store answers within a second', ['store']);

  private hasDefaults = false;

  /** @returns the text format, version 0.0.4 */
  async text(): Promise<string> {
    // Watching the event loop and the garbage collector begins with the first scrape: unwatched it costs nothing.
    if (!this.hasDefaults) collectDefaultMetrics({ register: this.registry });
    this.hasDefaults = true;
    return this.registry.metrics();
  }

  private counter<Label extends string>(name: string, help: string, labelNames: readonly Label[] = []) {
    return new Counter<Label>({ name, help, labelNames, registers: [this.registry] });
  }

  private gauge<Label extends string>(name: string, help: string, labelNames: readonly Label[] = []) {
    return new Gauge<Label>({ name, help, labelNames, registers: [this.registry] });
  }

  private histogram<Label extends string>(
    name: string,
    help: string,
    labelNames: readonly Label[],
    buckets = SECONDS,
  ) {
    return new Histogram<Label>({ name, help, labelNames, buckets, registers: [this.registry] });
  }
}
