/** What listeners and webhooks learn of an upload. */
export interface UploadFacts {
  readonly uploadId: string;
  readonly ownerId: string;
  readonly purpose: string;
}

declare module '../../common/events' {
  interface EventMap {
    /** Its variants can be used. Told once, unless the process ends in that very moment. */
    'upload.ready': UploadFacts & { readonly contentType: string; readonly size: number };
    'upload.rejected': UploadFacts & { readonly reason: string };
  }
}
