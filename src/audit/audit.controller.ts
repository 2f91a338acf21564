import { Controller, Get, Header, Query } from '@nestjs/common';
import { ApiOperation } from '@nestjs/swagger';
import { Problems } from '../common/problems.decorator';
import { AdminApi } from './admin-api.decorator';
import type { AuditEvent } from './audit-event.entity';
import { AuditService } from './audit.service';
import { type AuditEventDto, AuditEventListDto, AuditQueryDto } from './dto/audit.dto';
import { PAGE_SIZE, pageOf } from '../common/page';

@AdminApi()
@Controller('admin/audit')
export class AuditController {
  constructor(private readonly audit: AuditService) {}

  /** What operators did, and what they looked at of people. Entries can't be changed, and not be deleted for half a year. */
  @Get()
  @Header('Cache-Control', 'no-store')
  @Problems('FORBIDDEN', 'RATE_LIMITED')
  @ApiOperation({ operationId: 'listAuditEvents', summary: 'Read who did what, newest first' })
  async list(@Query() { limit = PAGE_SIZE, ...query }: AuditQueryDto): Promise<AuditEventListDto> {
    const { rows, nextCursor } = pageOf(await this.audit.list(query, limit + 1), limit);
    return { items: rows.map(viewOf), nextCursor };
  }
}

function viewOf({ id, at, actor, action, subject, detail, requestId }: AuditEvent): AuditEventDto {
  return { id, at: at.toISOString(), actor, action, subject, detail, requestId };
}
