import type { DataSourceOptions } from 'typeorm';
import { MIGRATIONS } from '../../migrations';
import { AuditEvent } from '../audit/audit-event.entity';
import { Session } from '../auth/sessions/session.entity';
import { SigningKey } from '../auth/keys/signing-key.entity';
import { SmsAttempt } from '../sms/attempt.entity';
import { SmsMessage } from '../sms/message.entity';
import { SmsProviderSetting } from '../sms/provider-setting.entity';
import { SmsReceipt } from '../sms/receipt.entity';
import { User } from '../users/user.entity';
import { Block } from '../verification/block.entity';
import { SpentVerification } from '../verification/spent-verification.entity';

type PostgresOptions = Extract<DataSourceOptions, { type: 'postgres' }>;

/** Entities by name: globs differ between sources and build. */
export const ENTITIES = [
  User,
  SmsMessage,
  SmsAttempt,
  SmsReceipt,
  SmsProviderSetting,
  SpentVerification,
  Session,
  SigningKey,
  AuditEvent,
  Block,
];

// Every request ends within three seconds, whatever the database does. It may wait for a connection of the pool and then
// for that connection to be made, or for its statement.
const CONNECT_MS = 1_000;
const STATEMENT_MS = 1_600;

export function dataSourceOptions(url: string): PostgresOptions {
  return {
    type: 'postgres',
    url,
    entities: ENTITIES,
    migrations: MIGRATIONS,
    migrationsTableName: 'gatecode_migrations',
    migrationsTransactionMode: 'each',
    synchronize: false,
    installExtensions: false,
    applicationName: 'gatecode',
    extra: {
      max: 12,
      connectionTimeoutMillis: CONNECT_MS,
      query_timeout: STATEMENT_MS,
      statement_timeout: STATEMENT_MS,
      idleTimeoutMillis: 30_000,
      keepAlive: true,
    },
  };
}
