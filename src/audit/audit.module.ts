import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { AuditController } from './audit.controller';
import { AuditEvent } from './audit-event.entity';
import { AuditService } from './audit.service';

/** Entities of this module, for a host that lists its entities by name. */
export const AUDIT_ENTITIES = [AuditEvent];

/**
 * The audit log and `/admin/audit`. Imported by every module whose `adminApi` is on; a static module is made once,
 * however often it is imported.
 */
@Module({
  imports: [TypeOrmModule.forFeature(AUDIT_ENTITIES)],
  controllers: [AuditController],
  providers: [AuditService],
  exports: [AuditService],
})
export class AuditModule {}
