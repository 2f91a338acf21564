import type { TrustedProxies } from '../common/client-address';
import type { LuosimaoStatuses } from './providers/luosimao-receipts';

/** How gateways report what became of messages. */
export interface ReceiptOptions {
  /** Part of the address that a gateway's console is given: nothing else tells its pushes from anybody's. */
  readonly token: string;
  /** Addresses and CIDRs that pushes may come from. Default: any. */
  readonly sources?: readonly string[];
  /** Whose `X-Forwarded-For` is believed for that. Default: nobody's. */
  readonly trustedProxies?: TrustedProxies;
  /** What Luosimao's `status` means; anything else is unknown. */
  readonly luosimaoStatuses?: LuosimaoStatuses;
}
