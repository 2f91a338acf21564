import { Controller, Get, HttpCode, Inject, Logger, Param, Post, Req, Res, UseGuards } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { ApiOkResponse, ApiOperation, ApiParam, ApiTags } from '@nestjs/swagger';
import { crashPoint } from '../common/crash-points';
import { HttpContract } from '../common/http-contract.decorator';
import { Problem } from '../common/problem';
import { Problems } from '../common/problems.decorator';
import { type HookRequest, pushOf } from './hook-request';
import { PUSHING_PROVIDERS, type PushingProvider, receiptReaders } from './receipt-readers';
import { ReceiptTokenGuard } from './receipt-token.guard';
import { ReceiptsService } from './receipts.service';
import type { SmsModuleOptions } from './sms.options';
import { SMS_OPTIONS } from './sms.tokens';

const TOKEN = { name: 'token', description: 'The `SMS_RECEIPT_TOKEN` of this installation.' };
const TOKEN_SCHEMA = { type: 'string', minLength: 16, maxLength: 128, pattern: '^[A-Za-z0-9_-]+$' } as const;

const TEXT = { schema: { type: 'string', maxLength: 200 } } as const;
const ACKNOWLEDGED = {
  description: "The gateway's own acknowledgement. Anything else makes it push the same once more.",
  content: {
    'application/json': { schema: { type: 'object' } },
    'application/xml': TEXT,
    'text/plain': TEXT,
  },
} as const;

/** Where gateways push what became of messages. Whatever they push that is not for us is acknowledged all the same. */
@ApiTags('hooks')
@HttpContract()
@Controller('hooks/sms')
@UseGuards(ReceiptTokenGuard)
export class ReceiptsController {
  private readonly logger = new Logger('SmsReceipts');
  private readonly readers;

  constructor(
    private readonly receipts: ReceiptsService,
    private readonly adapters: HttpAdapterHost,
    @Inject(SMS_OPTIONS) { receipts: options }: SmsModuleOptions,
  ) {
    this.readers = receiptReaders(options ?? {});
  }

  /**
   * Takes the forms that the gateway documents, up to 4 MiB: JSON from Tencent Cloud; JSON or XML, under whatever
   * `Content-Type`, from Ronglian; a form or JSON from Luosimao. Receipts move messages forward only; a repeated one
   * changes nothing. Ids that nobody knows and replies of people are acknowledged and dropped.
   */
  @Post(':provider/:token')
  @HttpCode(200)
  @ApiParam({ name: 'provider', description: 'Which gateway pushes.', enum: PUSHING_PROVIDERS })
  @ApiParam({ ...TOKEN, schema: TOKEN_SCHEMA })
  @ApiOkResponse(ACKNOWLEDGED)
  @Problems(
    'MALFORMED_BODY',
    'HOOK_TOKEN_INVALID',
    'HOOK_SOURCE_REFUSED',
    'NOT_FOUND',
    'BODY_TOO_LARGE',
    'UNSUPPORTED_MEDIA_TYPE',
    'STORE_UNAVAILABLE',
  )
  @ApiOperation({ operationId: 'pushReceipts', summary: 'For gateways: report what became of messages' })
  push(
    @Param('provider') provider: PushingProvider,
    @Req() request: HookRequest,
    @Res({ passthrough: true }) response: object,
  ): Promise<string> {
    return this.take(provider, request, response);
  }

  /** Luosimao says neither with which method nor in which form it pushes: the same by query. */
  @Get('luosimao/:token')
  @ApiParam({ ...TOKEN, schema: TOKEN_SCHEMA })
  @ApiOkResponse({ ...ACKNOWLEDGED, content: { 'text/plain': TEXT } })
  @Problems('HOOK_TOKEN_INVALID', 'HOOK_SOURCE_REFUSED', 'NOT_FOUND', 'STORE_UNAVAILABLE')
  @ApiOperation({ operationId: 'pushReceiptsByQuery', summary: 'For gateways: the same, in the query' })
  pushByQuery(@Req() request: HookRequest, @Res({ passthrough: true }) response: object): Promise<string> {
    return this.take('luosimao', request, response);
  }

  private async take(provider: PushingProvider, request: HookRequest, response: object): Promise<string> {
    const push = pushOf(request, this.adapters.httpAdapter);
    const read = this.readers[provider](push);
    if ('fault' in read) {
      this.logger.warn({ event: 'sms.receipts.unreadable', provider, message: read.fault });
      throw new Problem('MALFORMED_BODY');
    }
    const taken = await this.receipts.take(read.receipts);
    crashPoint('receipted');
    const { replies, ignored, acknowledgement } = read;
    this.logger.debug({ event: 'sms.receipts.taken', provider, ...taken, replies, ignored });
    this.adapters.httpAdapter.setHeader(response, 'Content-Type', acknowledgement.contentType);
    return acknowledgement.body;
  }
}
