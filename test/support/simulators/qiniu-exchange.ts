import type { IncomingHttpHeaders } from 'node:http';

/** What the simulator of Qiniu can be asked for. */
export type QiniuOperation =
  | 'form'
  | 'init'
  | 'part'
  | 'complete'
  | 'abort'
  | 'parts'
  | 'stat'
  | 'delete'
  | 'copy'
  | 'move'
  | 'chgm'
  | 'chstatus'
  | 'deleteAfterDays'
  | 'batch'
  | 'list'
  | 'query'
  | 'download'
  | 'unknown';

export interface QiniuRequest {
  readonly method: string;
  /** Path and query exactly as they stand in the request line. */
  readonly target: string;
  readonly headers: IncomingHttpHeaders;
  /** Names and values in turn, as they came. */
  readonly rawHeaders: readonly string[];
  readonly body: Buffer;
}

export interface QiniuAnswer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: Buffer | string;
}

/** A refusal with Qiniu's status and words. */
export class QiniuRefusal extends Error {
  constructor(
    readonly status: number,
    words: string,
  ) {
    super(words);
  }
}

/** What no client of Qiniu's should ever send: kept by the simulator, so that a test fails on it. */
export class QiniuComplaint extends QiniuRefusal {
  constructor(words: string) {
    super(400, words);
  }
}

export function json(value: unknown, status = 200): QiniuAnswer {
  return { status, headers: { 'content-type': 'application/json' }, body: JSON.stringify(value) };
}

export const EMPTY: QiniuAnswer = { status: 200, headers: { 'content-type': 'application/json' }, body: '' };
