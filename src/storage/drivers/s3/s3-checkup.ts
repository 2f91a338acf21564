import type { StorageCheck } from '../../object-storage.interface';
import { StorageError } from '../../storage.error';
import type { S3Connection } from './s3-connection';
import { S3Error } from './s3-error';

const WARN_SKEW_S = 30;
/** S3 refuses what was signed longer ago, or is from a later time. */
const FAIL_SKEW_S = 900;

/** Which setting is wrong, by the code of the answer. */
const REMEDIES: readonly (readonly [codes: string, remedy: string])[] = [
  [
    'InvalidAccessKeyId',
    'S3_ACCESS_KEY_ID is not known to the store: check it, and that S3_ENDPOINT is the right store.',
  ],
  ['SignatureDoesNotMatch', 'S3_SECRET_ACCESS_KEY does not belong to S3_ACCESS_KEY_ID.'],
  ['CredentialsProviderError', 'Set S3_ACCESS_KEY_ID and S3_SECRET_ACCESS_KEY.'],
  ['ExpiredToken InvalidToken TokenRefreshRequired', 'The temporary credentials are over: get new ones.'],
  [
    'NoSuchBucket InvalidBucketName NotFound',
    'S3_BUCKET does not exist there: create it, or check S3_BUCKET and S3_ENDPOINT.',
  ],
  [
    'PermanentRedirect TemporaryRedirect Redirect AuthorizationHeaderMalformed IllegalLocationConstraintException',
    'S3_REGION is not the region of the bucket.',
  ],
  ['RequestTimeTooSkewed RequestExpired', 'Set the clock of this machine by NTP.'],
  [
    'AccessDenied AllAccessDisabled',
    'The key may not do that: allow it s3:ListBucket on the bucket, and s3:GetObject, s3:PutObject, s3:DeleteObject and s3:AbortMultipartUpload on what is in it.',
  ],
  [
    'ENOTFOUND EAI_AGAIN',
    'The host of S3_ENDPOINT is not known; where buckets have no host names, set S3_FORCE_PATH_STYLE=true.',
  ],
  ['EPROTO', 'S3_ENDPOINT has https where the store speaks http, or the other way round.'],
];

const BY_CODE = new Map(
  REMEDIES.flatMap(([codes, remedy]) => codes.split(' ').map((code) => [code, remedy] as const)),
);

/** What only S3 can tell of its settings. Tries no other steps where the first one fails. */
export async function checkS3(connection: S3Connection, now: () => number): Promise<StorageCheck[]> {
  const answers: { date?: string; region?: string } = {};
  const bucket = await checkBucket(connection, answers);
  const clock = answers.date === undefined ? [] : [checkClock(Date.parse(answers.date) - now())];
  if (bucket.verdict === 'fail') return [bucket, ...clock];
  return [bucket, ...clock, await checkCors(connection)];
}

type Heard = { date?: string; region?: string };

async function checkBucket(connection: S3Connection, heard: Heard): Promise<StorageCheck> {
  const subject = 'bucket';
  const { bucket, options } = connection;
  try {
    // A list of nothing: unlike HEAD its refusal says why.
    await connection.call('look at the bucket', async (client, { ListObjectsV2Command }, abortSignal) => {
      const command = new ListObjectsV2Command({ Bucket: bucket, MaxKeys: 1 });
      command.middlewareStack.add(
        (next) => async (args) => {
          const result = await next(args);
          const { headers = {} } = result.response as { headers?: Record<string, string> };
          heard.date = headers.date;
          heard.region = headers['x-amz-bucket-region'];
          return result;
        },
        { step: 'deserialize', priority: 'low', name: 'headersHeard' },
      );
      return client.send(command, { abortSignal });
    });
  } catch (error) {
    if (!(error instanceof StorageError)) throw error;
    const remedy = remedyOf(error, heard.region);
    return { subject, verdict: 'fail', detail: error.message, remedy };
  }
  if (heard.region === undefined || heard.region === options.region)
    return { subject, verdict: 'ok', detail: bucket };
  const detail = `the bucket is in ${heard.region}, and ${options.region} is configured`;
  return { subject, verdict: 'warn', detail, remedy: `Set S3_REGION to ${heard.region}.` };
}

function remedyOf(error: StorageError, region: string | undefined): string {
  const remedy = error instanceof S3Error ? BY_CODE.get(error.code) : undefined;
  if (remedy?.startsWith('S3_REGION') && region) return `Set S3_REGION to ${region}.`;
  if (remedy) return remedy;
  if (error.fault === 'unavailable') return 'The store does not answer: check S3_ENDPOINT and the network.';
  return error.fault === 'misconfigured'
    ? 'Something else than S3 answers there: check S3_ENDPOINT and S3_FORCE_PATH_STYLE.'
    : 'Check S3_ACCESS_KEY_ID and S3_SECRET_ACCESS_KEY, and the policy of the bucket.';
}

/** @param ahead milliseconds by which the store is ahead */
function checkClock(ahead: number): StorageCheck {
  const seconds = Math.round(Math.abs(ahead) / 1_000);
  const detail = `${seconds} s from the store's`;
  if (seconds <= WARN_SKEW_S) return { subject: 'clock', verdict: 'ok', detail };
  const verdict = seconds >= FAIL_SKEW_S ? 'fail' : 'warn';
  return { subject: 'clock', verdict, detail, remedy: 'Set the clock of this machine by NTP.' };
}

/** Whether pages of other origins may upload at all; which ones, only a browser finds out. */
async function checkCors(connection: S3Connection): Promise<StorageCheck> {
  const subject = 'cors';
  try {
    const { CORSRules = [] } = await connection.call(
      'cors',
      (client, { GetBucketCorsCommand }, abortSignal) =>
        client.send(new GetBucketCorsCommand({ Bucket: connection.bucket }), { abortSignal }),
    );
    const origins = CORSRules.filter(({ AllowedMethods = [] }) => AllowedMethods.includes('POST')).flatMap(
      ({ AllowedOrigins = [] }) => AllowedOrigins,
    );
    if (origins.length > 0) return { subject, verdict: 'ok', detail: `POST from ${origins.join(', ')}` };
  } catch (error) {
    if (!(error instanceof StorageError)) throw error;
    if (!(error instanceof S3Error) || error.code !== 'NoSuchCORSConfiguration')
      return { subject, verdict: 'ok', detail: 'not known: the key may not read the rules' };
  }
  return {
    subject,
    verdict: 'warn',
    detail: 'no rule lets pages of other origins POST',
    remedy: 'Set CORS rules on the bucket, or browsers upload nothing straight to it.',
  };
}
