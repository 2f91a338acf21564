import { randomInt } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Vendor, VENDORS } from '../support/gateways';
import type { LedgerEntry } from '../support/simulators/vendor-simulator';
import type { Instance } from './instance';
import type { ReceiptEntry } from './ledger';
import { phoneOf, type RecordedGateways } from './recorded-gateways';

const LOOK_EVERY_MS = 50;
/** After the load: by then everything that can be acknowledged has been. */
const PATIENCE_MS = 10_000;
const UNDELIVERED = 0.15;

type Receipt = { -readonly [Name in keyof ReceiptEntry]: ReceiptEntry[Name] };

/** Lets the gateways report every message that they took, until the service acknowledges it. */
export class Carrier {
  private readonly told = new Map<LedgerEntry, Receipt>();
  private readonly work: Promise<void>[] = [];
  private until = Infinity;

  constructor(
    private readonly gateways: RecordedGateways,
    private readonly instances: readonly Instance[],
    private readonly token: string,
  ) {}

  get receipts(): readonly ReceiptEntry[] {
    return [...this.told.values()];
  }

  start(): void {
    for (const vendor of VENDORS) this.work.push(this.reportAll(vendor));
  }

  /** What is left is reported first. */
  async stop(): Promise<void> {
    this.until = Math.min(this.until, Date.now() + PATIENCE_MS);
    await Promise.all(this.work);
  }

  private async reportAll(vendor: Vendor): Promise<void> {
    while (Date.now() < this.until) {
      const open = this.gateways.ledgerOf(vendor).filter((entry) => !this.told.get(entry)?.isAcknowledged);
      for (const entry of open) await this.reportOne(vendor, entry);
      if (open.length === 0 && this.until < Infinity) return;
      await sleep(LOOK_EVERY_MS);
    }
  }

  private async reportOne(vendor: Vendor, entry: LedgerEntry): Promise<void> {
    const up = this.instances.filter(({ isUp }) => isUp);
    if (up.length === 0) return;
    const receipt = this.told.get(entry) ?? receiptFor(vendor, entry);
    this.told.set(entry, receipt);
    const hook = `${up[randomInt(up.length)].url}/v1/hooks/sms/${vendor}/${this.token}`;
    receipt.isAcknowledged = await this.gateways.report(vendor, entry, receipt.fate, hook);
  }
}

function receiptFor(vendor: Vendor, entry: LedgerEntry): Receipt {
  const fate = Math.random() < UNDELIVERED ? 'undelivered' : 'delivered';
  return { vendor, phone: phoneOf(entry), code: entry.code, fate, isAcknowledged: false };
}
