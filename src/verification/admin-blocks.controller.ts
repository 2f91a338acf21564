import { Body, Controller, Delete, Get, Header, HttpCode, Param, Post, Query } from '@nestjs/common';
import { ApiOperation } from '@nestjs/swagger';
import { AdminApi } from '../audit/admin-api.decorator';
import { AuditService } from '../audit/audit.service';
import { ApiId } from '../common/api-fields.decorator';
import type { AuthenticatedUser } from '../common/authenticated-user';
import { CurrentUser } from '../common/current-user.decorator';
import { PageQueryDto } from '../common/dto/page.dto';
import { PAGE_SIZE, pageOf } from '../common/page';
import { maskPhone, maskSegment } from '../common/phone';
import { PhoneVault } from '../common/phone-vault';
import { Problem } from '../common/problem';
import { Problems } from '../common/problems.decorator';
import { readUuid } from '../common/uuid';
import { redactText } from '../common/redaction';
import type { Block } from './block.entity';
import { Blocks } from './blocks';
import { BlockDto, BlockListDto, CreateBlockDto } from './dto/block.dto';
import { StartRules } from './start-rules';

const HOUR_MS = 3_600_000;

@AdminApi()
@Controller('admin/blocks')
export class AdminBlocksController {
  constructor(
    private readonly blocks: Blocks,
    private readonly rules: StartRules,
    private readonly vault: PhoneVault,
    private readonly audit: AuditService,
  ) {}

  /** Those that operators made, and those of segments that went over their limit. */
  @Get()
  @Header('Cache-Control', 'no-store')
  @Problems('FORBIDDEN', 'RATE_LIMITED')
  @ApiOperation({ operationId: 'listBlocks', summary: 'List the blocks in force, newest first' })
  async list(@Query() { limit = PAGE_SIZE, cursor }: PageQueryDto): Promise<BlockListDto> {
    const { rows, nextCursor } = pageOf(await this.blocks.inForce(limit + 1, cursor), limit);
    return { items: rows.map(viewOf), nextCursor };
  }

  /**
   * Sends no codes to a number, or to a whole segment of numbers; codes sent before can still be used. Takes effect on
   * all instances at once; should Redis be flushed, it is there again within half a minute. Of several blocks of one
   * subject the strictest counts.
   */
  @Post()
  @Header('Cache-Control', 'no-store')
  @Problems('FORBIDDEN', 'RATE_LIMITED')
  @ApiOperation({ operationId: 'createBlock', summary: 'Block a number or a segment' })
  async create(@Body() request: CreateBlockDto, @CurrentUser() user: AuthenticatedUser): Promise<BlockDto> {
    const { kind, hours } = request;
    const effect = request.effect ?? 'block';
    const phone = this.rules.canonical(request.phone);
    const reason = redactText(request.reason);
    const segmentIndex = this.vault.segmentIndex(phone);
    const made = await this.blocks.add(
      {
        kind,
        subjectIndex: kind === 'phone' ? this.vault.index(phone) : segmentIndex,
        segmentIndex,
        hint: kind === 'phone' ? maskPhone(phone) : maskSegment(phone),
        effect,
        reason,
        createdBy: user.userId,
        forMs: hours * HOUR_MS,
      },
      (manager, { id, hint }) =>
        this.audit.record(
          {
            actor: user.userId,
            action: 'block.created',
            subject: hint,
            detail: { blockId: id, kind, effect, hours, reason },
          },
          manager,
        ),
    );
    return viewOf(made);
  }

  /**
   * Sends to the number or segment again, at once, unless another block of it is in force. An automatic one is lifted
   * with its cause: the segment's sends are counted from nothing.
   */
  @Delete(':blockId')
  @HttpCode(204)
  @ApiId('blockId', 'As listBlocks answered it.')
  @Problems('FORBIDDEN', 'NOT_FOUND', 'RATE_LIMITED')
  @ApiOperation({ operationId: 'liftBlock', summary: 'Lift a block' })
  async lift(@Param('blockId') id: string, @CurrentUser() { userId }: AuthenticatedUser): Promise<void> {
    const blockId = readUuid(id);
    const lifted =
      blockId &&
      (await this.blocks.lift(blockId, userId, (manager, { hint, kind, automatic }) =>
        this.audit.record(
          {
            actor: userId,
            action: 'block.lifted',
            subject: hint,
            detail: { blockId, kind, automatic },
          },
          manager,
        ),
      ));
    if (!lifted) throw new Problem('NOT_FOUND');
  }
}

function viewOf(block: Block): BlockDto {
  const { id, kind, hint, effect, automatic, reason, createdBy, createdAt, expiresAt } = block;
  return {
    id,
    kind,
    hint,
    effect,
    automatic,
    reason,
    createdBy,
    createdAt: createdAt.toISOString(),
    expiresAt: expiresAt.toISOString(),
  };
}
