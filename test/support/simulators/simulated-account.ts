/** What a carrier reported of a message, kept until somebody asks. */
export interface DeliveryReport {
  readonly providerMessageId: string;
  readonly status: 'SUCCESS' | 'FAIL';
  /** The carrier's code, e.g. `DELIVRD`. */
  readonly code: string;
  /** Unix time in seconds. */
  readonly receivedAt: number;
}

/** What a test may change of the account behind a simulator. */
export interface AccountSettings {
  /** What is left: messages (Luosimao, Tencent) or yuan (Ronglian); null says nothing of it, as post-paid accounts do. */
  deposit: number | string | null;
  /** The same for calls, where they are a product of their own. */
  voiceDeposit: number | string | null;
  /** How far the vendor's clock is ahead of ours, milliseconds. */
  clockSkewMs: number;
  /** Whether calls may come from this machine. */
  addressAllowed: boolean;
  /** In the vendor's own numbers; null: the account has no such template or signature. */
  templateStatus: number | null;
  signStatus: number | null;
  templateContent: string;
  /** An individual's account may not list signatures and templates. */
  individual: boolean;
}

const SETTINGS: AccountSettings = {
  deposit: 5_000,
  voiceDeposit: 500,
  clockSkewMs: 0,
  addressAllowed: true,
  // Which number means "approved" is the vendor's; its simulator sets it.
  templateStatus: 0,
  signStatus: 0,
  templateContent: '您的验证码是{1}，{2}分钟内有效',
  individual: false,
};

/** The account behind a simulator. Its settings hold until {@link reset}. */
export class SimulatedAccount {
  settings: AccountSettings;
  readonly reports: DeliveryReport[] = [];

  constructor(private readonly vendor: Partial<AccountSettings> = {}) {
    this.settings = { ...SETTINGS, ...vendor };
  }

  set(changes: Partial<AccountSettings>): void {
    this.settings = { ...this.settings, ...changes };
  }

  reset(): void {
    this.settings = { ...SETTINGS, ...this.vendor };
    this.reports.length = 0;
  }

  /** The vendor's clock, milliseconds. @param now ours */
  clock(now: number): number {
    return now + this.settings.clockSkewMs;
  }
}

/** The text of a template with so many places: `{1}{2}`. */
export function placesOf(params: number): string {
  return Array.from({ length: params }, (_, place) => `{${place + 1}}`).join('');
}
