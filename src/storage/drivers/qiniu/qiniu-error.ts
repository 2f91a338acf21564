import { parseObject } from '../../../common/json-object';
import { redactText } from '../../../common/redaction';
import { StorageError } from '../../storage.error';
import type { HttpAnswer } from './qiniu-http';
import { judgeStatus } from './qiniu-statuses';

const MAX_WORDS = 160;

/**
 * A refusal in the words of all stores, with Qiniu's own for operators.
 * @param call what was called: `stat`, `upload`
 */
export function statusError(call: string, answer: HttpAnswer): StorageError {
  const { fault } = judgeStatus(answer.status);
  const requestId = String(answer.headers['x-reqid'] ?? 'none').slice(0, 40);
  return new StorageError(
    fault,
    `${call}: status ${answer.status}, ${wordsOf(answer)}, X-Reqid ${requestId}`,
  );
}

/** A call that came to no answer. @param code e.g. `ECONNRESET` */
export function lostError(call: string, code: string): StorageError {
  return new StorageError('unavailable', `${call}: no answer (${code})`);
}

/** A page of a proxy says nothing that is worth keeping; Qiniu's own words might quote what was sent. */
function wordsOf({ body }: HttpAnswer): string {
  const error = parseObject(body.toString('utf8'))?.error;
  return typeof error === 'string' ? JSON.stringify(redactText(error).slice(0, MAX_WORDS)) : 'no words';
}
