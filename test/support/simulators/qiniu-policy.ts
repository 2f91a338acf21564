import { QiniuComplaint, QiniuRefusal } from './qiniu-exchange';
import { fromBase64, hmacSha1, type QiniuKeys } from './qiniu-signing';

/** A put policy, with the fields that the simulator plays. */
export interface QiniuPolicy {
  readonly scope: string;
  readonly deadline: number;
  readonly isPrefixalScope?: number;
  readonly insertOnly?: number;
  readonly endUser?: string;
  readonly returnBody?: string;
  readonly callbackUrl?: string;
  readonly callbackHost?: string;
  readonly callbackBody?: string;
  readonly callbackBodyType?: string;
  readonly callbackFetchKey?: number;
  readonly saveKey?: string;
  readonly forceSaveKey?: boolean;
  readonly fsizeMin?: number;
  readonly fsizeLimit?: number;
  readonly detectMime?: number;
  readonly mimeLimit?: string;
  readonly deleteAfterDays?: number;
}

export interface CheckedToken {
  readonly policy: QiniuPolicy;
  readonly accessKey: string;
  readonly bucket: string;
  /** What stands behind the colon of the scope. */
  readonly scopeKey?: string;
}

/** Every field there is: a misspelt one would be ignored by the real service, and a limit with it. */
const FIELDS: Readonly<Record<string, 'text' | 'integer' | 'boolean'>> = {
  scope: 'text',
  isPrefixalScope: 'integer',
  deadline: 'integer',
  insertOnly: 'integer',
  endUser: 'text',
  returnUrl: 'text',
  returnBody: 'text',
  callbackUrl: 'text',
  callbackHost: 'text',
  callbackBody: 'text',
  callbackBodyType: 'text',
  callbackFetchKey: 'integer',
  saveKey: 'text',
  forceSaveKey: 'boolean',
  fsizeMin: 'integer',
  fsizeLimit: 'integer',
  detectMime: 'integer',
  mimeLimit: 'text',
  fileType: 'integer',
  deleteAfterDays: 'integer',
  persistentOps: 'text',
  persistentNotifyUrl: 'text',
  persistentPipeline: 'text',
  persistentType: 'integer',
  persistentWorkflowTemplateID: 'text',
  trafficLimit: 'integer',
};

const BODY_TYPES = ['application/x-www-form-urlencoded', 'application/json'];

/** Checks an upload token: form and signature, then the policy in it. Its end is judged when the upload ends. */
export function checkToken(keys: QiniuKeys, token: string): CheckedToken {
  const parts = token.split(':');
  const [accessKey, sign, encoded] = parts;
  if (parts.length !== 3 || accessKey !== keys.accessKey || sign !== hmacSha1(keys.secretKey, encoded)) {
    throw new QiniuRefusal(401, 'bad token');
  }
  const policy = checkPolicy(parse(fromBase64(encoded)));
  const [bucket, ...rest] = policy.scope.split(':');
  return { policy, accessKey, bucket, ...(rest.length > 0 && { scopeKey: rest.join(':') }) };
}

function parse(bytes: Buffer | undefined): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(String(bytes));
    if (typeof value === 'object' && value !== null && !Array.isArray(value))
      return value as Record<string, unknown>;
  } catch {
    // Said below.
  }
  throw new QiniuRefusal(401, 'bad token');
}

function checkPolicy(policy: Record<string, unknown>): QiniuPolicy {
  for (const [name, value] of Object.entries(policy)) {
    const type = FIELDS[name];
    if (!type) throw new QiniuComplaint(`the policy has an unknown field: ${name}`);
    if (!isOf(type, value)) throw new QiniuComplaint(`${name} of the policy is no ${type}`);
  }
  const checked = policy as unknown as QiniuPolicy;
  if (!checked.scope || checked.deadline === undefined) throw new QiniuRefusal(401, 'bad token');
  const { callbackUrl, callbackBody, callbackBodyType, forceSaveKey, saveKey } = checked;
  if (callbackUrl && !callbackBody) throw new QiniuComplaint('callbackUrl without callbackBody');
  if (callbackBodyType !== undefined && !BODY_TYPES.includes(callbackBodyType)) {
    throw new QiniuComplaint('callbackBodyType is neither form nor JSON');
  }
  if (forceSaveKey && !saveKey) throw new QiniuComplaint('forceSaveKey without saveKey');
  return checked;
}

function isOf(type: 'text' | 'integer' | 'boolean', value: unknown): boolean {
  if (type === 'integer') return Number.isSafeInteger(value);
  return typeof value === (type === 'text' ? 'string' : 'boolean');
}
