import {
  LUOSIMAO_ACCOUNT,
  LuosimaoSimulator,
  type LuosimaoSimulatorOptions,
} from './simulators/luosimao.simulator';
import { RONGLIAN_ACCOUNT, RonglianSimulator } from './simulators/ronglian.simulator';
import type { SimulatedTemplates } from './simulators/simulated-templates';
import { TENCENT_ACCOUNT, TencentSimulator } from './simulators/tencent.simulator';
import type { LedgerEntry, VendorSimulator } from './simulators/vendor-simulator';

export const VENDORS = ['tencent', 'ronglian', 'luosimao'] as const;
export type Vendor = (typeof VENDORS)[number];

/** The three gateways on loopback, and the environment that leads a service to them. */
export class Gateways {
  private constructor(
    private readonly simulators: Readonly<Record<Vendor, VendorSimulator>>,
    private readonly luosimao: LuosimaoSimulatorOptions,
  ) {}

  /**
   * @param account what production takes: it refuses the sample account
   * @param moreTemplates of Tencent Cloud and Ronglian, beside the one for codes
   */
  static async start(
    account: Partial<LuosimaoSimulatorOptions> = {},
    moreTemplates?: SimulatedTemplates['moreTemplates'],
  ): Promise<Gateways> {
    const luosimao = { ...LUOSIMAO_ACCOUNT, ...account };
    const simulators = {
      tencent: await TencentSimulator.start({ moreTemplates }),
      ronglian: await RonglianSimulator.start({ moreTemplates }),
      luosimao: await LuosimaoSimulator.start(luosimao),
    };
    return new Gateways(simulators, luosimao);
  }

  of(vendor: Vendor): VendorSimulator {
    return this.simulators[vendor];
  }

  /** Vendor calls so far, refused and broken ones too. */
  calls(vendor: Vendor): number {
    return this.of(vendor).calls;
  }

  /** Messages that a vendor, or any of them, took for a number in E.164. */
  taken(phone: string, vendors: readonly Vendor[] = VENDORS): LedgerEntry[] {
    return vendors.flatMap((vendor) =>
      this.of(vendor).ledger.filter(({ to }) => to.endsWith(phone.replace('+86', ''))),
    );
  }

  /** @param order preference of the gateways */
  variables(order: readonly Vendor[] = VENDORS): Record<string, string> {
    return {
      SMS_PROVIDERS: order.join(','),
      TENCENT_BASE_URL: this.of('tencent').url,
      TENCENT_SECRET_ID: TENCENT_ACCOUNT.secretId,
      TENCENT_SECRET_KEY: TENCENT_ACCOUNT.secretKey,
      TENCENT_SMS_APP_ID: TENCENT_ACCOUNT.smsAppId,
      TENCENT_SIGN_NAME: TENCENT_ACCOUNT.signName,
      TENCENT_TEMPLATE_ID: TENCENT_ACCOUNT.templateId,
      RONGLIAN_BASE_URL: this.of('ronglian').url,
      RONGLIAN_ACCOUNT_SID: RONGLIAN_ACCOUNT.accountSid,
      RONGLIAN_AUTH_TOKEN: RONGLIAN_ACCOUNT.authToken,
      RONGLIAN_APP_ID: RONGLIAN_ACCOUNT.appId,
      RONGLIAN_TEMPLATE_ID: RONGLIAN_ACCOUNT.templateId,
      LUOSIMAO_BASE_URL: this.of('luosimao').url,
      LUOSIMAO_API_KEY: this.luosimao.apiKey,
      LUOSIMAO_SIGNATURE: this.luosimao.signature,
      LUOSIMAO_VOICE_BASE_URL: this.of('luosimao').url,
      LUOSIMAO_VOICE_API_KEY: this.luosimao.voiceApiKey,
    };
  }

  /** Forgets messages and faults. */
  reset(): void {
    for (const vendor of VENDORS) this.of(vendor).reset();
  }

  async stop(): Promise<void> {
    await Promise.all(VENDORS.map((vendor) => this.of(vendor).stop()));
  }
}
