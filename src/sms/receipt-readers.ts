import { luosimaoPushReader } from './providers/luosimao-receipts';
import { readRonglianPush } from './providers/ronglian-receipts';
import { readTencentPush } from './providers/tencent-receipts';
import type { PushReader } from './receipt-push';
import type { ReceiptOptions } from './receipt.options';

/** Gateways that push receipts, by the name that stands in the address. */
export const PUSHING_PROVIDERS = ['tencent', 'ronglian', 'luosimao'] as const;

export type PushingProvider = (typeof PUSHING_PROVIDERS)[number];

export function isPushingProvider(name: string): name is PushingProvider {
  return (PUSHING_PROVIDERS as readonly string[]).includes(name);
}

/** Who reads the pushes of which gateway. */
export function receiptReaders({
  luosimaoStatuses,
}: Partial<ReceiptOptions>): Readonly<Record<PushingProvider, PushReader>> {
  return {
    tencent: readTencentPush,
    ronglian: readRonglianPush,
    luosimao: luosimaoPushReader(luosimaoStatuses),
  };
}
