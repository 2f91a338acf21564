import { Inject, Injectable, type OnModuleDestroy } from '@nestjs/common';
import { Events } from '../common/events';
import type {} from '../auth/auth-events';
import type { AttemptFacts } from '../sms/sms-events';
import type { UploadFacts } from '../storage/uploads/upload-events';
import { PURPOSES } from '../verification/purpose';
import type {} from '../verification/verification-events';
import { BoundedLabel } from './metrics-labels';
import { Metrics } from './metrics';
import { METRICS_OPTIONS, type MetricsModuleOptions } from './metrics.options';

type Outcome = 'accepted' | 'refused' | 'unknown';
type UploadOutcome = 'ready' | 'rejected' | 'expired';

const CIRCUIT_STATES = { closed: 0, 'half-open': 1, open: 2 } as const;

/** Counts what the application tells of itself. */
@Injectable()
export class MetricsListener implements OnModuleDestroy {
  private readonly purposes = new BoundedLabel([...PURPOSES, 'direct', 'unknown']);
  private readonly countries = new BoundedLabel([], 250);
  private readonly providers: BoundedLabel;
  private readonly uploads = new BoundedLabel(['avatar']);
  private readonly reasons = new BoundedLabel();
  private readonly endings: (() => void)[];

  constructor(
    private readonly metrics: Metrics,
    events: Events,
    @Inject(METRICS_OPTIONS) private readonly options: MetricsModuleOptions,
  ) {
    const { providers = [] } = options;
    this.providers = new BoundedLabel(providers);
    for (const provider of providers) metrics.circuits.set({ provider }, CIRCUIT_STATES.closed);
    this.endings = [
      ...this.countSends(events),
      this.watchCircuits(events),
      ...this.countUploads(events),
      events.on('verification.checked', ({ data }) =>
        metrics.checks.inc({ purpose: this.purposes.of(data.purpose ?? 'unknown'), result: data.result }),
      ),
      events.on('session.refresh-reused', () => metrics.reuses.inc()),
    ];
  }

  onModuleDestroy(): void {
    for (const end of this.endings) end();
  }

  private countSends(events: Events): (() => void)[] {
    const { metrics } = this;
    return [
      events.on('sms.attempt.accepted', ({ data }) => {
        this.countAttempt('accepted', data);
        const currency = this.options.currency ?? 'CNY';
        if (data.cost) metrics.cost.inc({ provider: this.providers.of(data.provider), currency }, data.cost);
      }),
      events.on('sms.attempt.refused', ({ data }) => {
        this.countAttempt('refused', data);
        // The alert about it is told once in a while only.
        if (data.refusal === 'U') metrics.unknownCodes.inc({ provider: this.providers.of(data.provider) });
      }),
      events.on('sms.attempt.unknown', ({ data }) => this.countAttempt('unknown', data)),
      events.on('sms.receipt', ({ data }) =>
        metrics.receipts.inc({ provider: this.providers.of(data.provider), status: data.status }),
      ),
      events.on('sms.blocked', ({ data }) => metrics.blocked.inc({ kind: data.kind, effect: data.effect })),
    ];
  }

  private watchCircuits(events: Events): () => void {
    return events.on('sms.circuit.changed', ({ data }) =>
      this.metrics.circuits.set({ provider: this.providers.of(data.provider) }, CIRCUIT_STATES[data.state]),
    );
  }

  private countUploads(events: Events): (() => void)[] {
    const settle = (outcome: UploadOutcome, facts: UploadFacts, reason?: string) => {
      const purpose = this.uploads.of(facts.purpose);
      const why = reason === undefined ? {} : { reason: this.reasons.of(reason) };
      this.metrics.uploadsSettled.inc({ purpose, outcome, ...why });
    };
    return [
      events.on('upload.begun', ({ data }) =>
        this.metrics.uploadsBegun.inc({ purpose: this.uploads.of(data.purpose) }),
      ),
      events.on('upload.ready', ({ data }) => settle('ready', data)),
      events.on('upload.rejected', ({ data }) => settle('rejected', data, data.reason)),
      events.on('upload.expired', ({ data }) => settle('expired', data, data.reason)),
    ];
  }

  private countAttempt(outcome: Outcome, facts: AttemptFacts): void {
    const provider = this.providers.of(facts.provider);
    const purpose = this.purposes.of(facts.purpose);
    const country = this.countries.of(facts.country);
    this.metrics.attempts.inc({ provider, purpose, country, outcome });
    this.metrics.attemptSeconds.observe({ provider, outcome }, facts.durationMs / 1_000);
  }
}
