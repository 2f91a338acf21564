import {
  circuitBreaker,
  type CircuitBreakerPolicy,
  CircuitState,
  handleWhenResult,
  type IBreaker,
} from 'cockatiel';
import { faultOf } from './next-step';
import type { SmsOutcome } from './sms-provider.interface';

export type CircuitStateName = 'closed' | 'half-open' | 'open';

export interface CircuitOptions {
  /** Faults of account or transport that open a circuit. Default 5. */
  readonly faults?: number;
  /** Milliseconds within which they count. Default 30 000. */
  readonly withinMs?: number;
  /** Milliseconds after which one call probes an open circuit. Default 15 000. */
  readonly probeAfterMs?: number;
}

const FAULT: SmsOutcome = { kind: 'unknown', reason: 'server-error' };

/** Breaks on a number of faults within a time, however many calls went well in between. */
class FaultsWithin implements IBreaker {
  state: unknown;
  private faults: number[] = [];

  constructor(
    private readonly most: number,
    private readonly withinMs: number,
  ) {}

  success(state: CircuitState): void {
    if (state === CircuitState.HalfOpen) this.faults = [];
  }

  failure(): boolean {
    const now = Date.now();
    this.faults = [...this.faults.filter((at) => at > now - this.withinMs), now];
    return this.faults.length >= this.most;
  }
}

/** Keeps messages from a gateway that is in trouble, and finds out when it is well again. */
export class Circuit {
  private policy: CircuitBreakerPolicy;
  private readonly probeAfterMs: number;
  private openedAt = 0;
  private isProbing = false;

  /** @param onChange told of every new state */
  constructor(
    private readonly options: CircuitOptions,
    private readonly onChange: () => void,
  ) {
    this.probeAfterMs = options.probeAfterMs ?? 15_000;
    this.policy = this.closed();
  }

  /** cockatiel closes a circuit by a call through it only; a new one is closed from the start. */
  private closed(): CircuitBreakerPolicy {
    const { faults = 5, withinMs = 30_000 } = this.options;
    const handled = handleWhenResult((outcome) => faultOf(outcome as SmsOutcome) !== undefined);
    const policy = circuitBreaker(handled, {
      halfOpenAfter: this.probeAfterMs,
      breaker: new FaultsWithin(faults, withinMs),
    });
    policy.onBreak(() => (this.openedAt = Date.now()));
    policy.onStateChange(this.onChange);
    return policy;
  }

  get state(): CircuitStateName {
    if (this.policy.state === CircuitState.Closed) return 'closed';
    return this.policy.state === CircuitState.HalfOpen ? 'half-open' : 'open';
  }

  /** Milliseconds until a call may be made; 0 = now. One call at a time probes, and the others go elsewhere. */
  get waitMs(): number {
    if (this.state === 'closed') return 0;
    const left = this.openedAt + this.probeAfterMs - Date.now();
    // No longer than it ever is, though the clock was put back.
    return Math.min(this.probeAfterMs, Math.max(this.isProbing ? 1_000 : 0, left));
  }

  /** Makes a call; to be called in the turn of the event loop in which `waitMs` was 0. */
  async call(send: () => Promise<SmsOutcome>): Promise<SmsOutcome> {
    if (this.state === 'closed') return this.policy.execute(send);
    // It opened between two calls for one message: the second is made all the same, and proves nothing.
    if (this.waitMs > 0) return send();
    this.isProbing = true;
    try {
      return await this.policy.execute(send);
    } finally {
      this.isProbing = false;
    }
  }

  /** Another instance met a fault of this gateway. */
  hearOfFault(): void {
    if (this.state === 'closed') void this.policy.execute(() => Promise.resolve(FAULT));
  }

  /** Another instance has probed, and one probe serves all. */
  hearOfProbe(wentWell: boolean): void {
    if (this.state !== 'open') return;
    if (!wentWell) return void (this.openedAt = Date.now());
    this.policy = this.closed();
    this.onChange();
  }
}
