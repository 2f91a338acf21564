import { ApiProperty } from '@nestjs/swagger';
import { IsIn, IsInt, IsString, MaxLength, Min } from 'class-validator';
import {
  ApiCount,
  ApiInstant,
  ApiList,
  ApiModel,
  ApiText,
  ApiUuid,
} from '../../../common/api-fields.decorator';
import { UPLOAD_STATES, type UploadState } from '../upload';

@ApiModel('StorageUploadRequest', 'What is going to be uploaded.')
export class StartUploadDto {
  /**
   * What the file is for; it serves nothing else.
   * @example "avatar"
   */
  @IsString()
  @MaxLength(40)
  readonly purpose: string;

  /**
   * `image/jpeg`, `image/png` or `image/webp`. The file has to be what is said here.
   * @example "image/png"
   */
  @IsString()
  @MaxLength(100)
  readonly contentType: string;

  /**
   * Bytes. The store takes nothing larger.
   * @example 48213
   */
  @IsInt()
  @Min(1)
  readonly contentLength: number;
}

@ApiModel(
  'StorageUploadTicket',
  'Leave to upload one file, once, straight to the store: a form with these fields, the file last.',
)
export class UploadTicketDto {
  /** @example "019aa3c4-7d60-7c3e-9a55-0d6f3f1f8a10" */
  @ApiUuid()
  readonly uploadId: string;
  /** @example "POST" */
  @IsIn(['POST', 'PUT'])
  readonly method: 'POST' | 'PUT';
  /** @example "https://up.example.org/" */
  @ApiText(4_000)
  readonly url: string;
  /**
   * Sent before the file, as they are.
   * @example { "key": "avatar/10/019aa3c4-7d60-7c3e-9a55-0d6f3f1f8a10/raw.png", "token": "EXAMPLE" }
   */
  @ApiProperty({ additionalProperties: { type: 'string', maxLength: 16_384 }, maxProperties: 30 })
  readonly fields: Readonly<Record<string, string>>;
  /**
   * Name of the form field that takes the file; null: the file is the whole body.
   * @example "file"
   */
  @ApiText(100)
  readonly fileField: string | null;
  /**
   * To be sent with the request.
   * @example {}
   */
  @ApiProperty({ additionalProperties: { type: 'string', maxLength: 4_000 }, maxProperties: 30 })
  readonly headers: Readonly<Record<string, string>>;
  /** @example "2026-11-21T08:10:00.000Z" */
  @ApiInstant()
  readonly expiresAt: string;
  /** @example 48213 */
  @ApiCount({ minimum: 1 })
  readonly maxBytes: number;
}

const IMAGE_TYPES = ['image/webp', 'image/jpeg'] as const;

@ApiModel('StorageUploadVariant', 'A picture that was made of an upload.')
export class UploadVariantDto {
  /**
   * Pixels, of each side.
   * @example 512
   */
  @ApiCount({ minimum: 1, maximum: 4_096 })
  readonly side: number;
  /** @example "image/webp" */
  @IsIn(IMAGE_TYPES)
  readonly contentType: (typeof IMAGE_TYPES)[number];
  /** @example "https://cdn.example.org/avatar/10/019aa3c4-7d60-7c3e-9a55-0d6f3f1f8a10/512.webp" */
  @ApiText(4_000)
  readonly url: string;
}

@ApiModel('StorageUpload', 'Where an upload stands.')
export class UploadDto {
  /** @example "019aa3c4-7d60-7c3e-9a55-0d6f3f1f8a10" */
  @ApiUuid()
  readonly uploadId: string;
  /**
   * `pending`: nothing was uploaded yet; `uploaded`: it is being judged; `ready`: it can be used, `used`: it is in use;
   * `rejected`: its content is none that is taken; `expired`: it is not there any more.
   * @example "ready"
   */
  @IsIn(UPLOAD_STATES)
  readonly status: UploadState;
  /**
   * As declared.
   * @example "image/png"
   */
  @ApiText(100)
  readonly contentType: string;
  /**
   * Bytes that the store has; null while nothing is known of them.
   * @example 48213
   */
  @ApiCount({})
  readonly size: number | null;
  /**
   * Bytes that came in so far, of a file that is sent through this service.
   * @example 48213
   */
  @ApiCount({})
  readonly receivedBytes?: number;
  /**
   * Why it was rejected or has expired.
   * @example "not-an-image"
   */
  @ApiText(32)
  readonly reason?: string;
  /**
   * The largest picture, once it is ready.
   * @example "https://cdn.example.org/avatar/10/019aa3c4-7d60-7c3e-9a55-0d6f3f1f8a10/512.webp"
   */
  @ApiText(4_000)
  readonly url?: string;
  /** All pictures, once it is ready. */
  @ApiList(20)
  readonly variants?: UploadVariantDto[];
}

@ApiModel('StorageUploadForm', 'A file, and before it what it is for.')
export class UploadFormDto {
  /**
   * What the file is for. Default `avatar`.
   * @example "avatar"
   */
  @ApiText(40)
  readonly purpose?: string;
  /**
   * As startUpload answered it, so that the transfer can be watched with getUpload. Default: a new one.
   * @example "019aa3c4-7d60-7c3e-9a55-0d6f3f1f8a10"
   */
  @ApiUuid()
  readonly uploadId?: string;
  /** The picture: JPEG, PNG or WebP. */
  @ApiProperty({ type: 'string', format: 'binary', maxLength: 104_857_600 })
  readonly file: unknown;
}

@ApiModel('StorageUploadCallbackReceived', 'The callback was heard.')
export class CallbackReceivedDto {
  /** @example true */
  readonly received: boolean;
}
