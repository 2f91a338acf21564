import { Gateways, type Vendor, VENDORS } from '../support/gateways';
import type { Fault } from '../support/simulators/simulator-faults';
import type { LedgerEntry, VendorCall } from '../support/simulators/vendor-simulator';
import type { CallEntry, TakenEntry } from './ledger';

export type LuosimaoAccount = NonNullable<Parameters<typeof Gateways.start>[0]>;

/** The three gateways, with a ledger of every call, and a way to be gone. */
export class RecordedGateways {
  readonly calls: CallEntry[] = [];
  private readonly ports = new Map<Vendor, number>();

  private constructor(private readonly gateways: Gateways) {
    for (const vendor of VENDORS) {
      this.ports.set(vendor, Number(new URL(gateways.of(vendor).url).port));
      gateways.of(vendor).onCall = (call) => this.record(vendor, call);
    }
  }

  static async start(account?: LuosimaoAccount): Promise<RecordedGateways> {
    return new RecordedGateways(await Gateways.start(account));
  }

  get taken(): TakenEntry[] {
    return VENDORS.flatMap((vendor) =>
      this.gateways.of(vendor).ledger.map((entry) => ({
        vendor,
        at: Date.parse(entry.receivedAt),
        phone: phoneOf(entry),
        code: entry.code,
      })),
    );
  }

  /** What a gateway took, as it wrote it down itself. */
  ledgerOf(vendor: Vendor): readonly LedgerEntry[] {
    return this.gateways.of(vendor).ledger;
  }

  /** @returns whether the service acknowledged the receipt */
  async report(
    vendor: Vendor,
    entry: LedgerEntry,
    fate: 'delivered' | 'undelivered',
    to: string,
  ): Promise<boolean> {
    const answers = await this.gateways
      .of(vendor)
      .deliver([entry], fate, { to })
      .catch(() => []);
    return answers.length > 0 && answers.every(({ status }) => status === 200);
  }

  /** Codes that went to a number so far. */
  codesFor(phone: string): string[] {
    return this.gateways.taken(phone).map(({ code }) => code);
  }

  variables(order: readonly Vendor[]): Record<string, string> {
    return this.gateways.variables(order);
  }

  async fault(vendor: Vendor, fault: Fault): Promise<void> {
    await this.gateways.of(vendor).fault(fault);
  }

  heal(vendor: Vendor): void {
    this.gateways.of(vendor).heal();
  }

  /** Its port is closed, and whatever was under way is cut. */
  async close(vendor: Vendor): Promise<void> {
    await this.gateways.of(vendor).stop();
  }

  async open(vendor: Vendor): Promise<void> {
    await this.gateways.of(vendor).listen(this.ports.get(vendor));
  }

  async stop(): Promise<void> {
    await this.gateways.stop();
  }

  private record(vendor: Vendor, { body, headers }: VendorCall): void {
    // Tencent is asked what became of a number, too.
    if ((headers['x-tc-action'] ?? 'SendSms') !== 'SendSms') return;
    const text = readable(body);
    const [digits] = /1[3-9]\d{9}/.exec(text) ?? [];
    // Whatever else is asked of a gateway concerns no number.
    if (!digits) return;
    const numbers = text.match(/(?<!\d)\d{6}(?!\d)/g) ?? [];
    this.calls.push({ vendor, at: Date.now(), phone: `+86${digits}`, numbers });
  }
}

export const phoneOf = ({ to }: LedgerEntry) => `+86${to.slice(-11)}`;

/** A form spells characters as %XX. */
function readable(body: string): string {
  try {
    return decodeURIComponent(body);
  } catch {
    return body;
  }
}
