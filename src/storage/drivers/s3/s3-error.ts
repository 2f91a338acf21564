import { StorageError, type StorageFault } from '../../storage.error';
import { judgeAnswer } from './s3-codes';

/** What the SDK rejects with, as far as we look at it. */
export interface AwsError {
  readonly name: string;
  /** Of Node's own errors. */
  readonly code?: unknown;
  readonly $metadata?: {
    readonly httpStatusCode?: number;
    readonly requestId?: string;
    readonly attempts?: number;
  };
}

const CODE = /^[A-Za-z][\w.-]{0,60}$/;

/** With what only this driver looks at. */
export class S3Error extends StorageError {
  constructor(
    fault: StorageFault,
    detail: string,
    /** S3's or Node's own word: `SlowDown`, `ECONNRESET`. */
    readonly code: string,
    /** How often the call was tried. */
    readonly attempts: number,
  ) {
    super(fault, detail);
  }
}

/**
 * The SDK's error in the words of all stores. Status, code and request id are kept; the error itself is not, as it holds
 * the request with everything that was signed.
 * @param call for operators: `stat`, `put`
 * @throws what is no answer of a store and no fault of the network: our own fault
 */
export function storageErrorOf(call: string, error: unknown): StorageError {
  if (error instanceof StorageError) return error;
  const { name, code, $metadata: answer } = error as AwsError;
  const word = codeOf(name, code);
  const fault = judgeAnswer(word, answer?.httpStatusCode);
  if (!fault) throw error;
  const status = answer?.httpStatusCode === undefined ? '' : `status ${answer.httpStatusCode}, `;
  const request = answer?.requestId ? `, request ${answer.requestId.slice(0, 100)}` : '';
  return new S3Error(fault, `${call}: ${status}${word}${request}`, word, answer?.attempts ?? 1);
}

/** Node names its errors all the same, and tells them apart by a code. S3's names are codes. */
function codeOf(name: string, code: unknown): string {
  const word = typeof code === 'string' ? code : name;
  return CODE.test(word) ? word : 'unreadable code';
}
