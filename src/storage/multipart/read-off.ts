import type { IncomingMessage } from 'node:http';

const MOST_BYTES = 8 * 1024 * 1024;
const LONGEST_MS = 5_000;

/**
 * Lets a client finish what it is sending, unheard: most clients read no answer before that. Up to a point.
 * @returns whether the request has come to its end
 */
export function readOff(request: IncomingMessage): Promise<boolean> {
  return new Promise((resolve) => {
    if (request.readableEnded || request.destroyed) return resolve(true);
    let size = 0;
    const timer = setTimeout(() => end(false), LONGEST_MS);
    const count = (chunk: Buffer) => {
      size += chunk.length;
      if (size > MOST_BYTES) end(false);
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
