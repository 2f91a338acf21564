import { Client } from 'pg';
import type { RunningApp } from './start-app';

export interface Cost {
  /** Commands sent to Redis, each a round trip. */
  readonly redis: string[];
  /** Statements sent to PostgreSQL by the operation itself. */
  readonly sql: string[];
}

/**
 * What runs beside the requests, at its own time: the dispatcher, what is noted of approvals, and the looks for ended
 * sessions, keys, blocks and settings.
 */
const BACKGROUND =
  /^(sms\.(claim|record|withhold|release|lose|expire|analyse|approve|receipts)|auth\.(revoked|keys)|uploads\.due|object-deletions\.due|verification\.blocks)|"sms_provider_settings"/;
/** Keys of what the dispatcher counts, written together every half a second, and of the looks for what ended. */
const BACKGROUND_KEY = /conversions:|\{revocations\}/;

/** Counts what an operation asks of the stores. */
export async function costOf(app: RunningApp, operation: () => Promise<unknown>): Promise<Cost> {
  const redis: string[] = [];
  const sql: string[] = [];
  const sendCommand = jest.spyOn(app.redis.client, 'sendCommand');
  const query = jest.spyOn(Client.prototype, 'query');
  try {
    await operation();
    for (const [command] of sendCommand.mock.calls) {
      if (!command.args.some((each) => BACKGROUND_KEY.test(String(each)))) redis.push(command.name);
    }
    for (const [statement] of query.mock.calls as unknown as [string | { name?: string; text: string }][]) {
      const name = typeof statement === 'string' ? statement : (statement.name ?? statement.text);
      if (!BACKGROUND.test(name)) sql.push(name);
    }
    return { redis, sql };
  } finally {
    sendCommand.mockRestore();
    query.mockRestore();
  }
}
