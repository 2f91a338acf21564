import type { StorageFault } from '../../storage.error';

/** Whether the same call is made again at once: never, after a moment, after a longer pause, one more time only. */
export type Retry = 'no' | 'soon' | 'later' | 'once';

export interface StatusVerdict {
  readonly fault: StorageFault;
  readonly retry: Retry;
}

type StatusRow = readonly [statuses: string, fault: StorageFault, retry: Retry];

/**
 * What the statuses of Qiniu mean, where they are no success. 298, 579, 612 and 614 are good news to some callers, who
 * look at them before they ask here.
 */
export const STATUS_ROWS: readonly StatusRow[] = [
  ['298', 'unavailable', 'no'], // a batch, in part
  ['400 405', 'misconfigured', 'no'], // malformed, or the host of another region; wrong method
  ['401', 'denied', 'no'], // token or signature is bad or too old
  ['403', 'denied', 'no'], // type, minimum or key of the policy
  ['404', 'not-found', 'no'],
  ['406', 'wrong-checksum', 'once'],
  ['408', 'unavailable', 'soon'],
  ['413', 'too-large', 'no'],
  ['416', 'range', 'no'],
  ['419', 'denied', 'no'], // account frozen
  ['429', 'throttled', 'later'],
  ['478', 'unavailable', 'no'], // the mirror's source failed
  ['500 502 503 504', 'unavailable', 'soon'],
  ['501', 'misconfigured', 'no'],
  ['509', 'throttled', 'no'], // bandwidth
  ['573', 'throttled', 'later'],
  ['579', 'unavailable', 'no'], // stored, but the callback failed
  ['599', 'unavailable', 'soon'],
  ['608', 'unavailable', 'no'], // changed meanwhile
  ['612', 'not-found', 'no'],
  ['614', 'exists', 'no'],
  ['616 618 632', 'misconfigured', 'no'], // not documented; the SDKs do not repeat them
  ['630', 'full', 'no'], // quota
  ['631', 'misconfigured', 'no'], // no such bucket
  ['640', 'misconfigured', 'no'], // marker of a list
  ['701', 'unavailable', 'no'], // the upload's context has expired
];

const VERDICTS = new Map(
  STATUS_ROWS.flatMap(([statuses, fault, retry]) =>
    statuses.split(' ').map((status): [number, StatusVerdict] => [Number(status), { fault, retry }]),
  ),
);

/** @param status other than the ones that the caller takes for success */
export function judgeStatus(status: number): StatusVerdict {
  const known = VERDICTS.get(status);
  if (known) return known;
  return status >= 500 ? { fault: 'unavailable', retry: 'soon' } : { fault: 'misconfigured', retry: 'no' };
}
