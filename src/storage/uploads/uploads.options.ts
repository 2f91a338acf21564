import { assertLinkTime } from '../check-arguments';
import { IMAGE_TYPES } from '../images/image-header';
import type { VariantRule } from '../images/image-variants';

/** Injection token for the {@link UploadsModuleOptions}. */
export const UPLOADS_OPTIONS = Symbol.for('gatecode:UPLOADS_OPTIONS');

/** What may be uploaded for one purpose, and what is made of it. */
export interface UploadPurpose {
  readonly contentTypes: readonly string[];
  readonly maxBytes: number;
  /** Name of a store in StorageModule. Default: the default one. */
  readonly store?: string;
  /** What is made of a picture. The first one is *the* URL of an upload. */
  readonly variants: readonly VariantRule[];
}

export interface UploadQuota {
  /** Uploads of one user that are begun and not judged. 0 means no limit. */
  readonly open: number;
  /** Uploads that one user begins within 24 hours. 0 means no limit. */
  readonly perDay: number;
}

/** What UploadsModule needs to know. It reads no environment. */
export interface UploadsModuleOptions {
  /** By name. Default: `avatar` alone. */
  readonly purposes?: Readonly<Record<string, UploadPurpose>>;
  readonly quota?: UploadQuota;
  /** How long a ticket holds, seconds, at most 600. Default 600. */
  readonly ticketTtl?: number;
  /** Whether URLs are the public ones of the store or signed ones. Default: public where the store has such. */
  readonly access?: 'public' | 'signed';
  /** How long a signed URL holds at least, seconds: a week at most. Default 3600. */
  readonly urlTtl?: number;
  /** Width times height of a picture. Default 50 million. */
  readonly maxPixels?: number;
  /** For decoding one picture, seconds. Default 10. */
  readonly imageTimeLimit?: number;
  /**
   * Have sharp work on one thread and keep nothing, which holds for the whole process. Default false: sharp is left as it is, for
   * a host that uses it as well.
   */
  readonly setsUpSharp?: boolean;
  /** Pictures that wait to be decoded. Default 50. */
  readonly imagesWaiting?: number;
  /** How long a request waits for a completion; afterwards it answers `uploaded`, and the work goes on. Default 2500. */
  readonly answerWithinMs?: number;
  /** For how long nobody else touches an upload that a process works on, unless it is renewed. Default 10000. */
  readonly leaseMs?: number;
  /** For one completion in all. Default 60000. */
  readonly completionMs?: number;
  /** Seconds after which an upload that is ready, and that nobody used, goes. Default a day. */
  readonly unusedTtl?: number;
  /** Days after which the row of an upload that is rejected or expired goes; at least 2. Default 7. */
  readonly retentionDays?: number;
  /** How often the sweeper looks, milliseconds; 0: this instance does not sweep. Default 2000. */
  readonly sweepEveryMs?: number;
  /** Seconds after which the sweeper looks whether something was uploaded that nobody told of. Default 60. */
  readonly lookAfter?: number;
  /** Files of a form up to this size are kept in memory. Default 2500000. */
  readonly memoryBytes?: number;
  /** Where larger ones lie while they come in. Default: a folder of this user in that of the system. */
  readonly temporaryFolder?: string;
}

/** Squares of the sizes that people see; one more as JPEG, for what does not know WebP. */
export const AVATAR_VARIANTS: readonly VariantRule[] = [
  { name: '512', side: 512, format: 'webp' },
  { name: '256', side: 256, format: 'webp' },
  { name: '64', side: 64, format: 'webp' },
  { name: '512', side: 512, format: 'jpeg' },
];

export const AVATAR: UploadPurpose = {
  contentTypes: IMAGE_TYPES,
  maxBytes: 5 * 1024 * 1024,
  variants: AVATAR_VARIANTS,
};

/** What holds where an option says nothing. */
export const UPLOAD_DEFAULTS = {
  purposes: { avatar: AVATAR } as Readonly<Record<string, UploadPurpose>>,
  quota: { open: 10, perDay: 100 },
  ticketTtl: 600,
  urlTtl: 3_600,
  maxPixels: 50_000_000,
  imageTimeLimit: 10,
  imagesWaiting: 50,
  answerWithinMs: 2_500,
  leaseMs: 10_000,
  completionMs: 60_000,
  unusedTtl: 86_400,
  retentionDays: 7,
  sweepEveryMs: 2_000,
  lookAfter: 60,
  memoryBytes: 2_500_000,
} satisfies UploadsModuleOptions;

/** Injection token for {@link UploadSettings}. */
export const UPLOAD_SETTINGS = Symbol('UPLOAD_SETTINGS');

/** The options, with what they leave out. */
export type UploadSettings = UploadsModuleOptions &
  Required<Omit<UploadsModuleOptions, 'access' | 'setsUpSharp' | 'temporaryFolder'>>;

export function settingsOf(options: UploadsModuleOptions): UploadSettings {
  const given = Object.entries(options).filter(([, value]) => value !== undefined);
  const settings: UploadSettings = { ...UPLOAD_DEFAULTS, ...Object.fromEntries(given) };
  if (settings.ticketTtl < 1 || settings.ticketTtl > 600)
    throw new Error('A ticket holds for 1 to 600 seconds');
  assertLinkTime(settings.urlTtl);
  // The quota of a day counts rows.
  if (settings.retentionDays < 2) throw new Error('Uploads are kept for 2 days or more');
  for (const [name, { variants }] of Object.entries(settings.purposes)) {
    if (variants.length === 0) throw new Error(`The purpose "${name}" needs one variant at least`);
  }
  return settings;
}
