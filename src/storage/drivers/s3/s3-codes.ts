import type { StorageFault } from '../../storage.error';

type CodeRow = readonly [codes: string, fault: StorageFault];

/** What the error codes of S3 and of its relatives mean, and the codes of what came between. */
export const CODE_ROWS: readonly CodeRow[] = [
  ['NoSuchKey NotFound NoSuchVersion', 'not-found'],
  ['PreconditionFailed', 'exists'], // we ask with If-None-Match only
  ['InvalidRange RequestedRangeNotSatisfiable', 'range'],
  ['EntityTooLarge MaxMessageLengthExceeded', 'too-large'],
  ['EntityTooSmall', 'too-small'],
  ['BadDigest InvalidDigest', 'wrong-checksum'],
  ['XAmzContentSHA256Mismatch XAmzContentChecksumMismatch', 'wrong-checksum'],
  ['AccessDenied AllAccessDisabled AccountProblem NotSignedUp InvalidSecurity InvalidPayer', 'denied'],
  ['InvalidAccessKeyId SignatureDoesNotMatch ExpiredToken InvalidToken TokenRefreshRequired', 'denied'],
  ['CredentialsProviderError', 'denied'], // no credentials in the SDK's chain
  ['RequestTimeTooSkewed RequestExpired', 'denied'], // clocks differ
  ['NoSuchBucket InvalidBucketName InvalidBucketState', 'misconfigured'],
  ['PermanentRedirect TemporaryRedirect Redirect', 'misconfigured'], // the bucket is in another region
  ['AuthorizationHeaderMalformed IllegalLocationConstraintException InvalidRegionName', 'misconfigured'],
  ['MissingContentLength NotImplemented MethodNotAllowed XNotImplemented', 'misconfigured'], // not all of S3
  [
    'InvalidRequest InvalidArgument MalformedXML KeyTooLongError InvalidPart InvalidPartOrder',
    'misconfigured',
  ],
  ['SlowDown SlowDownRead SlowDownWrite BandwidthLimitExceeded RequestLimitExceeded', 'throttled'],
  ['Throttling ThrottlingException TooManyRequests TooManyRequestsException', 'throttled'],
  ['QuotaExceeded XMinioStorageFull XMinioAdminBucketQuotaExceeded', 'full'],
  ['InternalError InternalFailure ServiceUnavailable OperationAborted NoSuchUpload', 'unavailable'],
  ['ConditionalRequestConflict', 'unavailable'], // somebody else writes the same key just now
  ['IncompleteBody RequestTimeout TimeoutError AbortError', 'unavailable'],
  ['ECONNREFUSED ECONNRESET ECONNABORTED EPIPE ETIMEDOUT EHOSTUNREACH ENETUNREACH', 'unavailable'],
  ['ENOTFOUND EAI_AGAIN EPROTO ERR_STREAM_PREMATURE_CLOSE', 'unavailable'],
  ['CERT_HAS_EXPIRED DEPTH_ZERO_SELF_SIGNED_CERT SELF_SIGNED_CERT_IN_CHAIN', 'misconfigured'],
  [
    'UNABLE_TO_VERIFY_LEAF_SIGNATURE UNABLE_TO_GET_ISSUER_CERT_LOCALLY ERR_TLS_CERT_ALTNAME_INVALID',
    'misconfigured',
  ],
];

/** What decides where the code is unknown. */
export const STATUS_ROWS: readonly (readonly [statuses: string, fault: StorageFault])[] = [
  ['301 302 307 308', 'misconfigured'], // another region, or no S3 at all
  ['401 403', 'denied'],
  ['404', 'not-found'],
  ['408 409 425', 'unavailable'],
  ['412', 'exists'],
  ['413', 'too-large'],
  ['416', 'range'],
  ['429', 'throttled'],
  ['501', 'misconfigured'],
  ['507', 'full'],
];

const BY_CODE = lookup(CODE_ROWS);
const BY_STATUS = lookup(STATUS_ROWS);

/**
 * A code that is known decides; the status decides for the others.
 * @returns undefined for what no store and no network says: a fault in our own code
 */
export function judgeAnswer(code: string, status: number | undefined): StorageFault | undefined {
  const known = BY_CODE.get(code) ?? BY_STATUS.get(String(status));
  if (known || status === undefined) return known;
  return status >= 500 || status < 400 ? 'unavailable' : 'misconfigured';
}

function lookup(rows: readonly (readonly [string, StorageFault])[]): ReadonlyMap<string, StorageFault> {
  return new Map(rows.flatMap(([words, fault]) => words.split(' ').map((word) => [word, fault] as const)));
}
