import { Injectable, Optional } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { uuidv7 } from 'uuidv7';
import { type AuditEntry, AuditService } from '../../audit/audit.service';
import { currentRequestId } from '../../common/request-context';

/**
 * Writes down what happens to accounts: who may get in, by what, and as what. Where the audit log is not mounted,
 * nothing is written. A log-in is not written: its session is its record.
 */
@Injectable()
export class SecurityAudit {
  constructor(@Optional() private readonly audit?: AuditService) {}

  /** @param manager of the transaction that does what is written down: both are committed, or neither */
  async record(entry: AuditEntry, manager?: EntityManager): Promise<void> {
    await this.audit?.record(entry, manager);
  }

  /** Id of an entry that a statement writes itself, null for none; and id of the request. */
  parameters(): [id: string | null, requestId: string | null] {
    return [this.audit ? uuidv7() : null, currentRequestId() ?? null];
  }

  /** What users do to their own accounts. */
  own(userId: string, action: string, detail: AuditEntry['detail'], manager?: EntityManager): Promise<void> {
    return this.record({ actor: userId, action, subject: userId, detail }, manager);
  }
}
