import type { IncomingHttpHeaders } from 'node:http';
import { Controller, Header, HttpCode, Logger, Param, Post, Req } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { ApiOperation, ApiParam, ApiTags } from '@nestjs/swagger';
import { HttpContract } from '../../common/http-contract.decorator';
import { Problem } from '../../common/problem';
import { Problems } from '../../common/problems.decorator';
import { readUuid } from '../../common/uuid';
import type { CallbackFacts, RawCallback } from '../object-storage.interface';
import { StorageService } from '../storage.service';
import { CallbackReceivedDto } from './dto/upload.dto';
import { UploadCompletion } from './upload-completion';

interface HookRequest {
  readonly headers: IncomingHttpHeaders;
  /** The body as it came, where the application keeps it: signatures are over bytes. */
  readonly rawBody?: Buffer;
}

/** Where stores tell that an upload has ended. What they say is only a reason to look. */
@ApiTags('hooks')
@HttpContract()
@Controller('hooks/storage')
export class StorageHooksController {
  private readonly logger = new Logger('StorageHooks');

  constructor(
    private readonly storage: StorageService,
    private readonly completion: UploadCompletion,
    private readonly adapters: HttpAdapterHost,
  ) {}

  /**
   * Takes what the store signed. Uploads that nobody knows, and ones that were told of before, are acknowledged all the same.
   * The answer is what the store hands on to whoever uploads; judging the file goes on after it.
   */
  @Post(':provider')
  @HttpCode(200)
  @Header('Cache-Control', 'no-store')
  @ApiParam({
    name: 'provider',
    description: 'Name of the store, or of its vendor.',
    schema: { type: 'string', maxLength: 64, example: 'qiniu' },
  })
  @Problems('MALFORMED_BODY', 'HOOK_SIGNATURE_INVALID', 'NOT_FOUND', 'BODY_TOO_LARGE', 'STORE_UNAVAILABLE')
  @ApiOperation({ operationId: 'pushUploadCallback', summary: 'For stores: tell that an upload has ended' })
  async push(@Param('provider') provider: string, @Req() request: HookRequest): Promise<CallbackReceivedDto> {
    const stores = this.callingStores(provider);
    if (stores.length === 0) throw new Problem('NOT_FOUND');
    const callback = this.callbackOf(request);
    for (const name of stores) {
      const facts = this.storage.store(name).verifyCallback?.(callback);
      if (!facts) continue;
      await this.take(name, facts);
      return { received: true };
    }
    throw new Problem('HOOK_SIGNATURE_INVALID');
  }

  /** A vendor may hold several stores; each knows its own signature. */
  private callingStores(provider: string): string[] {
    const names = this.storage.names.filter((name) => {
      const store = this.storage.store(name);
      return store.verifyCallback !== undefined && store.capabilities.callback;
    });
    if (names.includes(provider)) return [provider];
    return names.filter((name) => this.storage.store(name).name === provider);
  }

  private async take(store: string, { uploadId, key }: CallbackFacts): Promise<void> {
    const id = readUuid(uploadId);
    const upload = id && (await this.completion.find(id));
    if (upload && upload.store === store && upload.rawKey === key) {
      this.completion.completeSoon(upload.id);
      return;
    }
    this.logger.debug({ event: 'uploads.callback.unknown', store });
  }

  private callbackOf(request: HookRequest): RawCallback {
    const { httpAdapter } = this.adapters;
    return {
      method: String(httpAdapter.getRequestMethod(request)).toUpperCase(),
      url: String(httpAdapter.getRequestUrl(request)),
      headers: request.headers,
      body: request.rawBody ?? Buffer.alloc(0),
    };
  }
}
