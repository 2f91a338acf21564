import { Controller, Get, Header, Param, Query } from '@nestjs/common';
import { ApiOperation } from '@nestjs/swagger';
import { AdminApi } from '../audit/admin-api.decorator';
import { ApiId } from '../common/api-fields.decorator';
import type { AuthenticatedUser } from '../common/authenticated-user';
import { CurrentUser } from '../common/current-user.decorator';
import { PAGE_SIZE } from '../common/page';
import { Problem } from '../common/problem';
import { Problems } from '../common/problems.decorator';
import { readUuid } from '../common/uuid';
import { AdminMessages } from './admin-messages.service';
import { AdminMessageListDto, AdminMessageTimelineDto, MessagesQueryDto } from './dto/admin-message.dto';

@AdminApi()
@Controller('admin/messages')
export class AdminMessagesController {
  constructor(private readonly messages: AdminMessages) {}

  /** Newest first, of one number or of all. No answer holds a code, a text or a whole number. */
  @Get()
  @Header('Cache-Control', 'no-store')
  @Problems('FORBIDDEN', 'RATE_LIMITED')
  @ApiOperation({ operationId: 'listMessages', summary: 'List messages, of a number or of all' })
  list(
    @Query() { limit = PAGE_SIZE, ...query }: MessagesQueryDto,
    @CurrentUser() { userId }: AuthenticatedUser,
  ): Promise<AdminMessageListDto> {
    return this.messages.list(query, limit, userId);
  }

  /** Why a message was admitted, which gateways were called and why, what they said, and what became of it. */
  @Get(':messageId')
  @Header('Cache-Control', 'no-store')
  @ApiId('messageId', 'As listMessages answered it.')
  @Problems('FORBIDDEN', 'NOT_FOUND', 'RATE_LIMITED')
  @ApiOperation({ operationId: 'getMessage', summary: 'Read the timeline of a message' })
  async get(@Param('messageId') id: string): Promise<AdminMessageTimelineDto> {
    const messageId = readUuid(id);
    const found = messageId && (await this.messages.timeline(messageId));
    if (!found) throw new Problem('NOT_FOUND');
    return {
      ...found,
      timeline: found.timeline.map((entry) => ({ ...entry, at: entry.at.toISOString() })),
    };
  }
}
