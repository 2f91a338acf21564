import type { IncomingMessage } from 'node:http';

/** How much of it is read, and for how long. */
export interface Patience {
  readonly bytes: number;
  readonly ms: number;
}

export const PATIENT: Patience = { bytes: 8 * 1024 * 1024, ms: 5_000 };
/** With senders that nobody knows. */
export const SHORT: Patience = { bytes: 256 * 1024, ms: 1_000 };

/**
 * Lets a client finish what it is sending, unheard: most clients read no answer before that. Up to a point.
 * @returns whether the request has come to its end
 */
export function readOff(request: IncomingMessage, patience: Patience): Promise<boolean> {
  return new Promise((resolve) => {
    if (request.readableEnded || request.destroyed) return resolve(true);
    let size = 0;
    const timer = setTimeout(() => end(false), patience.ms);
    const count = (chunk: Buffer) => {
      size += chunk.length;
      if (size > patience.bytes) end(false);
    };
    const end = (isRead: boolean) => {
      clearTimeout(timer);
      request.off('data', count).off('end', ended).off('close', ended).pause();
      resolve(isRead);
    };
    const ended = () => end(true);
    request.on('data', count).once('end', ended).once('close', ended).resume();
  });
}
