import { Gateways, type Vendor, VENDORS } from '../support/gateways';
import type { Fault } from '../support/simulators/simulator-faults';
import type { CallEntry, TakenEntry } from './ledger';

export type LuosimaoAccount = NonNullable<Parameters<typeof Gateways.start>[0]>;

/** The three gateways, with a ledger of every call, and a way to be gone. */
export class RecordedGateways {
  readonly calls: CallEntry[] = [];
  private readonly ports = new Map<Vendor, number>();

  private constructor(private readonly gateways: Gateways) {
    for (const vendor of VENDORS) {
      this.ports.set(vendor, Number(new URL(gateways.of(vendor).url).port));
      gateways.of(vendor).onCall = ({ body }) => this.record(vendor, body);
    }
  }

  static async start(account?: LuosimaoAccount): Promise<RecordedGateways> {
    return new RecordedGateways(await Gateways.start(account));
  }

  get taken(): TakenEntry[] {
    return VENDORS.flatMap((vendor) =>
      this.gateways.of(vendor).ledger.map(({ to, code, receivedAt }) => ({
        vendor,
        at: Date.parse(receivedAt),
        phone: `+86${to.slice(-11)}`,
        code,
      })),
    );
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

  private record(vendor: Vendor, body: string): void {
    const text = readable(body);
    const [digits] = /1[3-9]\d{9}/.exec(text) ?? [];
    // Whatever else is asked of a gateway concerns no number.
    if (!digits) return;
    const numbers = text.match(/(?<!\d)\d{6}(?!\d)/g) ?? [];
    this.calls.push({ vendor, at: Date.now(), phone: `+86${digits}`, numbers });
  }
}

/** A form spells characters as %XX. */
function readable(body: string): string {
  try {
    return decodeURIComponent(body);
  } catch {
    return body;
  }
}
