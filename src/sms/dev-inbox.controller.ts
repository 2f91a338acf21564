import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Controller, Delete, Get, Header, HttpCode, Query } from '@nestjs/common';
import { ApiOperation, ApiProduces, ApiTags } from '@nestjs/swagger';
import { HttpContract } from '../common/http-contract.decorator';
import { Problem } from '../common/problem';
import { Problems } from '../common/problems.decorator';
import {
  InboxMessageDto,
  InboxMessageListDto,
  InboxQueryDto,
  LatestInboxQueryDto,
} from './dto/inbox-message.dto';
import { InboxService } from './inbox.service';

const page = readFileSync(join(__dirname, 'dev-inbox.html'), 'utf8');

/** What people and scripts read instead of a phone. Never mounted in production. */
@ApiTags('development')
@HttpContract()
@Controller('dev')
export class DevInboxController {
  constructor(private readonly inbox: InboxService) {}

  /** Messages that would have gone to a phone, with their codes. Never mounted in production. */
  @Get('messages')
  @Header('Cache-Control', 'no-store')
  @Problems('STORE_UNAVAILABLE')
  @ApiOperation({ operationId: 'listInboxMessages', summary: 'List what the inbox took, newest first' })
  async list(@Query() query: InboxQueryDto): Promise<InboxMessageListDto> {
    return { items: await this.inbox.list(query) };
  }

  /** For scripts: with `waitMs` it answers as soon as there is such a message, so that no script needs to sleep. */
  @Get('messages/latest')
  @Header('Cache-Control', 'no-store')
  @Problems('NOT_FOUND', 'STORE_UNAVAILABLE')
  @ApiOperation({
    operationId: 'getLatestInboxMessage',
    summary: 'Get the newest message, waiting for it if asked to',
  })
  async latest(@Query() { waitMs, ...query }: LatestInboxQueryDto): Promise<InboxMessageDto> {
    const message = await this.inbox.latest(query, waitMs ?? 0);
    if (!message) throw new Problem('NOT_FOUND');
    return message;
  }

  /** The limits go on counting what was sent. */
  @Delete('messages')
  @HttpCode(204)
  @Problems('STORE_UNAVAILABLE')
  @ApiOperation({ operationId: 'clearInbox', summary: 'Empty the inbox' })
  clear(): Promise<void> {
    return this.inbox.clear();
  }

  /** For people: shows every message as it comes, with a button that copies its code. */
  @Get('inbox')
  @Header('Content-Type', 'text/html; charset=utf-8')
  @Header(
    'Content-Security-Policy',
    "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; connect-src 'self'; base-uri 'none'; form-action 'none'",
  )
  @ApiProduces('text/html')
  @ApiOperation({ operationId: 'showInbox', summary: 'The inbox as a page' })
  show(): string {
    return page;
  }
}
