import type { Vendor } from '../support/gateways';
import type { Ledgers, Terms, Violation } from './ledger';
import type { LuosimaoAccount } from './recorded-gateways';
import type { Run } from './run';

/** One fault, and what is promised in spite of it. */
export interface Scenario {
  readonly name: string;
  /** For `--help`. */
  readonly what: string;
  /** Only with that many instances. */
  readonly instances?: readonly number[];
  readonly gateways?: readonly Vendor[];
  /** In production, which refuses the sample account. */
  readonly luosimao?: LuosimaoAccount;
  readonly variables?: Readonly<Record<string, string>>;
  /** Whether gateways report what became of messages. */
  readonly withReceipts?: boolean;
  readonly terms?: Partial<Terms>;
  /** People at work during the fault. Default 6; 0: the scenario sends by itself. */
  readonly people?: number;
  /** Milliseconds from the end of the fault to the main job on every instance; 0: not looked at. Default 10 000. */
  readonly recoveryMs?: number;
  /** Makes the fault, and ends it: when it returns, recovery begins. */
  play(run: Run): Promise<void>;
  /** Promises of this scenario alone. */
  check?(ledgers: Ledgers, terms: Terms): Violation[];
}
