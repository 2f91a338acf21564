import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { type EntityManager, type FindOptionsWhere, LessThan, Repository } from 'typeorm';
import { uuidv7 } from 'uuidv7';
import { currentRequestId } from '../common/request-context';
import { type AuditDetail, AuditEvent } from './audit-event.entity';

/** What is written down. Never holds a code, a token or a whole number. */
export interface AuditEntry {
  /** Id of the user who did it, or `system`. */
  readonly actor: string;
  /** What was done, `<thing>.<past participle>`: `provider.drained`. */
  readonly action: string;
  /** What it was done to: an id, a name, a masked number. */
  readonly subject?: string;
  readonly detail?: AuditDetail;
}

export interface AuditQuery {
  readonly action?: string;
  readonly actor?: string;
  /** Only events before the one with this id. */
  readonly cursor?: string;
}

/** Who did what, and when. Entries are added and read, and nothing else. */
@Injectable()
export class AuditService {
  constructor(@InjectRepository(AuditEvent) private readonly events: Repository<AuditEvent>) {}

  /** @param manager of the transaction that does what is written down: both are committed, or neither */
  async record({ actor, action, subject, detail = {} }: AuditEntry, manager?: EntityManager): Promise<void> {
    await (manager ?? this.events.manager).insert(AuditEvent, {
      id: uuidv7(),
      actor,
      action,
      subject: subject ?? null,
      detail: { ...detail },
      requestId: currentRequestId() ?? null,
    });
  }

  /** Newest first. */
  list({ action, actor, cursor }: AuditQuery, most: number): Promise<AuditEvent[]> {
    const where: FindOptionsWhere<AuditEvent> = {
      ...(action && { action }),
      ...(actor && { actor }),
      ...(cursor && { id: LessThan(cursor) }),
    };
    return this.events.find({ where, order: { id: 'DESC' }, take: most });
  }
}
