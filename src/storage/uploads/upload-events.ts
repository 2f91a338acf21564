/** What listeners and webhooks learn of an upload. */
export interface UploadFacts {
  readonly uploadId: string;
  readonly ownerId: string;
  readonly purpose: string;
}

declare module '../../common/events' {
  interface EventMap {
    'upload.begun': UploadFacts & { readonly contentType: string };
    /** Its variants can be used. Told once, unless the process ends in that very moment. */
    'upload.ready': UploadFacts & { readonly contentType: string; readonly size: number };
    'upload.rejected': UploadFacts & { readonly reason: string };
    /** Nothing came in time, it broke off on its way through this service, or it was ready and nobody used it. */
    'upload.expired': UploadFacts & { readonly reason: string };
  }
}
