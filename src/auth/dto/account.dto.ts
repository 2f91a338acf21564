import { ApiInstant, ApiList, ApiModel, ApiText, ApiUuid } from '../../common/api-fields.decorator';
import { UserDto } from '../../users/dto/user.dto';

@ApiModel('AuthDeletion', 'When nothing is left of an account.')
export class DeletionDto {
  /**
   * Until then an operator can bring the account back.
   * @example "2026-11-28T08:00:00.000Z"
   */
  @ApiInstant()
  readonly erasedAt: string;
}

@ApiModel('AuthExportedConsent', 'Terms that were consented to.')
export class ExportedConsentDto {
  /** @example "1" */
  @ApiText(64)
  readonly policyVersion: string;
  /** @example "2026-11-21T08:00:00.000Z" */
  @ApiInstant()
  readonly givenAt: string;
}

@ApiModel('AuthExportedSession', 'A device that was signed in.')
export class ExportedSessionDto {
  /** @example "019aa3c4-7d60-7c3e-9a55-0d6f3f1f8a12" */
  @ApiUuid()
  readonly id: string;
  /** @example "Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X)" */
  @ApiText(200)
  readonly device: string | null;
  /**
   * Prefix of the address it was last used from.
   * @example "203.0.113.0/24"
   */
  @ApiText(64)
  readonly ip: string | null;
  /** @example "2026-11-21T08:00:00.000Z" */
  @ApiInstant()
  readonly createdAt: string;
  /** @example "2026-11-21T09:30:00.000Z" */
  @ApiInstant()
  readonly lastUsedAt: string;
  /** @example null */
  @ApiInstant()
  readonly endedAt: string | null;
}

@ApiModel('AuthExportedEvent', 'Something that was done with the account.')
export class ExportedEventDto {
  /** @example "2026-11-21T08:00:00.000Z" */
  @ApiInstant()
  readonly at: string;
  /** @example "user.phone-changed" */
  @ApiText(64)
  readonly action: string;
  /**
   * Who did it: the user, an operator, or the system.
   * @example "user"
   */
  @ApiText(16)
  readonly by: string;
}

@ApiModel('AuthExportedMessage', 'A message to the number, without its text.')
export class ExportedMessageDto {
  /** @example "2026-11-21T08:00:00.000Z" */
  @ApiInstant()
  readonly at: string;
  /** @example "login" */
  @ApiText(32)
  readonly purpose: string;
  /** @example "sms" */
  @ApiText(16)
  readonly channel: string;
  /** @example "delivered" */
  @ApiText(16)
  readonly state: string;
}

@ApiModel('AuthExportedUpload', 'A file that was uploaded, or was going to be.')
export class ExportedUploadDto {
  /** @example "2026-11-21T08:00:00.000Z" */
  @ApiInstant()
  readonly at: string;
  /** @example "avatar" */
  @ApiText(40)
  readonly purpose: string;
  /** @example "image/png" */
  @ApiText(100)
  readonly contentType: string;
  /**
   * Bytes, once it was uploaded.
   * @example 48213
   */
  readonly size: number | null;
  /** @example "used" */
  @ApiText(16)
  readonly state: string;
}

@ApiModel('AuthExport', 'What is kept of a user, newest first; of each kind at most the latest 1000.')
export class ExportDto {
  /** @example "2026-11-21T10:00:00.000Z" */
  @ApiInstant()
  readonly exportedAt: string;
  readonly profile: UserDto;
  @ApiList(1000)
  readonly consents: ExportedConsentDto[];
  @ApiList(1000)
  readonly sessions: ExportedSessionDto[];
  @ApiList(1000)
  readonly securityEvents: ExportedEventDto[];
  @ApiList(1000)
  readonly messages: ExportedMessageDto[];
  @ApiList(1000)
  readonly uploads: ExportedUploadDto[];
}
