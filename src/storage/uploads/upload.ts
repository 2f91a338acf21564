/**
 * pending: nothing is known to be uploaded; uploaded: the store has it, its content is not judged yet; ready: its variants can
 * be used; used: somebody uses them; rejected: its content is none that is taken; expired: nothing came in time, or nobody
 * used it, or nobody uses it any more.
 */
export const UPLOAD_STATES = ['pending', 'uploaded', 'ready', 'used', 'rejected', 'expired'] as const;

export type UploadState = (typeof UPLOAD_STATES)[number];

/** An upload of one owner. */
export interface Upload {
  /** UUID v7. */
  readonly id: string;
  /** Opaque; whose it is in the host's own terms. */
  readonly ownerId: string;
  readonly purpose: string;
  /** Name of its store in StorageModule. */
  readonly store: string;
  /** Where it comes in. */
  readonly rawKey: string;
  /** As declared; its content has to agree. */
  readonly contentType: string;
  readonly maxBytes: number;
  /** Bytes so far, where it comes through this service. */
  readonly received: number;
  readonly size: number | null;
  readonly etag: string | null;
  readonly state: UploadState;
  readonly reason: string | null;
  readonly lease: number;
  readonly attempts: number;
  readonly expiresAt: Date;
}

/** What is needed to know where the objects of an upload are. */
export type UploadPlace = Pick<Upload, 'id' | 'purpose'> & { readonly store?: string };

/** Nobody has to judge it any more. */
export function isSettled({ state }: Upload): boolean {
  return state !== 'pending' && state !== 'uploaded';
}
