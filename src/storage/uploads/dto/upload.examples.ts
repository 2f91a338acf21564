import type { StartUploadDto } from './upload.dto';

/** Bodies to start from; each can be sent as it is. */
export const START_UPLOAD: Readonly<Record<string, { summary: string; value: StartUploadDto }>> = {
  avatar: {
    summary: 'A picture for the own profile',
    value: { purpose: 'avatar', contentType: 'image/png', contentLength: 48_213 },
  },
};
