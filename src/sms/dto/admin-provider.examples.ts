import type { ChangeProviderDto } from './admin-provider.dto';

const name = 'tencent';

/** Bodies to start from. */
export const CHANGE_PROVIDER: Readonly<Record<string, { summary: string; value: ChangeProviderDto }>> = {
  drain: { summary: 'Keep new messages from a gateway', value: { name, drained: true } },
  resume: { summary: 'Use it again', value: { name, drained: false } },
  share: { summary: 'Give it a larger share', value: { name, weight: 5 } },
  first: { summary: 'Ask it first', value: { name, position: 0 } },
};
