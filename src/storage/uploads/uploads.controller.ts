import type { IncomingMessage } from 'node:http';
import { Body, Controller, Get, Header, HttpCode, Param, Post, Req, UseGuards } from '@nestjs/common';
import { ApiBearerAuth, ApiBody, ApiConsumes, ApiOperation, ApiTags } from '@nestjs/swagger';
import { ApiId } from '../../common/api-fields.decorator';
import type { AuthenticatedUser } from '../../common/authenticated-user';
import { CurrentUser } from '../../common/current-user.decorator';
import { HttpContract } from '../../common/http-contract.decorator';
import { JwtAuthGuard } from '../../common/jwt-auth.guard';
import { Problem } from '../../common/problem';
import { Problems } from '../../common/problems.decorator';
import { readUuid } from '../../common/uuid';
import { answersForNow } from '../../idempotency/for-now';
import { RateLimit } from '../../rate-limit/rate-limit.decorator';
import { StartUploadDto, UploadDto, UploadFormDto, UploadTicketDto } from './dto/upload.dto';
import { START_UPLOAD } from './dto/upload.examples';
import { FormUploads } from './form-uploads';
import type { Upload } from './upload';
import { UploadIntents } from './upload-intents';
import { viewOf } from './upload-view';
import { UploadsService } from './uploads.service';

/** Fastify wraps the request of Node. */
type AnyRequest = IncomingMessage & { readonly raw?: IncomingMessage };

@ApiTags('uploads')
@ApiBearerAuth()
@UseGuards(JwtAuthGuard)
@HttpContract()
@Controller('uploads')
export class UploadsController {
  constructor(
    private readonly intents: UploadIntents,
    private readonly uploads: UploadsService,
    private readonly forms: FormUploads,
  ) {}

  /**
   * Gives leave to upload one file straight to the store, which takes nothing larger and nothing of another type, once, within
   * ten minutes. Send `fields` and then the file in `fileField` to `url`, and call `completeUpload` when that is done.
   */
  // Limited by the quotas alone: they are exact, part of the one statement, and stricter than so many a minute.
  @Post()
  @HttpCode(201)
  @Header('Cache-Control', 'no-store')
  @ApiBody({ type: StartUploadDto, examples: START_UPLOAD })
  @Problems('UPLOAD_TOO_LARGE', 'UPLOAD_TYPE_REFUSED', 'UPLOADS_OPEN_LIMIT', 'UPLOADS_DAILY_LIMIT')
  @ApiOperation({ operationId: 'startUpload', summary: 'Ask for leave to upload a file' })
  async start(
    @CurrentUser() { userId }: AuthenticatedUser,
    @Body() { purpose, contentType, contentLength }: StartUploadDto,
  ): Promise<UploadTicketDto> {
    const wanted = { purpose, contentType, maxBytes: contentLength };
    const upload = await this.intents.begin(userId, wanted);
    const { expiresAt, ...ticket } = await this.intents.ticketFor(upload);
    return { uploadId: upload.id, ...ticket, expiresAt: expiresAt.toISOString() };
  }

  /**
   * The same through this service, for clients that can't reach the store: a form whose last field is the file. Answers like
   * `completeUpload`. With the `uploadId` of `startUpload` the transfer can be watched.
   */
  @Post('form')
  @HttpCode(201)
  @RateLimit('uploads')
  @Header('Cache-Control', 'no-store')
  @ApiConsumes('multipart/form-data')
  @ApiBody({ type: UploadFormDto })
  @Problems(
    'MALFORMED_FORM',
    'NOT_FOUND',
    'UPLOAD_TICKET_USED',
    'UPLOAD_EXPIRED',
    'UPLOAD_TOO_LARGE',
    'UPLOAD_TYPE_REFUSED',
    'UPLOAD_TOO_SMALL',
    'CONTENT_REJECTED',
    'RATE_LIMITED',
    'UPLOADS_OPEN_LIMIT',
    'UPLOADS_DAILY_LIMIT',
    'STORAGE_UNAVAILABLE',
    'OVERLOADED',
  )
  @ApiOperation({ operationId: 'uploadForm', summary: 'Upload a file through this service' })
  async form(@CurrentUser() { userId }: AuthenticatedUser, @Req() request: AnyRequest): Promise<UploadDto> {
    return this.view(await this.forms.receive(request.raw ?? request, userId));
  }

  /**
   * Has the file judged: it has to be what was declared. A good one is `ready`; what is served of it are pictures that were
   * made anew. Repeating the call changes nothing. A file that takes long is answered as `uploaded`: ask again.
   */
  @Post(':uploadId/complete')
  @HttpCode(200)
  @RateLimit('uploads')
  @Header('Cache-Control', 'no-store')
  @ApiId('uploadId', 'As startUpload answered it.')
  @Problems(
    'NOT_FOUND',
    'UPLOAD_MISSING',
    'UPLOAD_USED',
    'UPLOAD_EXPIRED',
    'CONTENT_REJECTED',
    'RATE_LIMITED',
    'STORAGE_UNAVAILABLE',
    'OVERLOADED',
  )
  @ApiOperation({ operationId: 'completeUpload', summary: 'Have an uploaded file judged' })
  async complete(
    @CurrentUser() { userId }: AuthenticatedUser,
    @Param('uploadId') uploadId: string,
    @Req() request: AnyRequest,
  ): Promise<UploadDto> {
    const upload = await this.uploads.complete(idOf(uploadId), userId);
    if (upload.state === 'uploaded') answersForNow(request);
    return this.view(upload);
  }

  /** Says what became of it; of a file that is sent through this service also how much of it came in so far. */
  @Get(':uploadId')
  @RateLimit('upload-status')
  @Header('Cache-Control', 'no-store')
  @ApiId('uploadId', 'As startUpload answered it.')
  @Problems('NOT_FOUND', 'RATE_LIMITED')
  @ApiOperation({ operationId: 'getUpload', summary: 'See where an upload stands' })
  async get(
    @CurrentUser() { userId }: AuthenticatedUser,
    @Param('uploadId') uploadId: string,
  ): Promise<UploadDto> {
    return this.view(await this.uploads.find(idOf(uploadId), userId));
  }

  private async view(upload: Upload): Promise<UploadDto> {
    const hasVariants = upload.state === 'ready' || upload.state === 'used';
    return viewOf(upload, hasVariants ? await this.uploads.urlsOf(upload) : []);
  }
}

function idOf(text: string): string {
  const id = readUuid(text);
  if (id === undefined) throw new Problem('NOT_FOUND');
  return id;
}
