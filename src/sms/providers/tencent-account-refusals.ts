import { SET_THE_CLOCK, type RefusalRow } from './account-checks';

/** What Tencent's codes say of an account (https://cloud.tencent.com/document/api/382/55981). */
export const TENCENT_REFUSALS: readonly RefusalRow[] = [
  [
    /^AuthFailure\.SignatureExpire$|^InternalError\.RequestTimeException$/,
    'fail',
    'clock',
    'the signature has expired',
    SET_THE_CLOCK,
  ],
  [
    /^AuthFailure\.(SecretIdNotFound|InvalidSecretId)$/,
    'fail',
    'credentials',
    'the secret id is not known',
    'Compare the secret id with the console, and see that the key is enabled',
  ],
  [
    /^AuthFailure\.SignatureFailure$/,
    'fail',
    'credentials',
    'the secret key is wrong',
    'Make a new key in the console: a secret key is shown once',
  ],
  [
    /^AuthFailure\.UnauthorizedOperation$|^UnauthorizedOperation(\.RequestPermissionDeny)?$/,
    'warn',
    'permission',
    'these credentials may not ask for this, or the account is an individual’s',
    'Allow the action in CAM (QcloudSMSReadOnlyAccess), or look at it in the console',
  ],
  [/^AuthFailure\./, 'fail', 'credentials', 'the credentials are rejected', 'Compare them with the console'],
  [
    /Ip(NotInWhitelist|InBlacklist)$/,
    'fail',
    'addresses',
    'this machine is not on the application’s list of addresses',
    'Add its public address to the list in the console',
  ],
  [
    /SdkAppId|^InvalidParameter\.AppidAndBizId$/,
    'fail',
    'application',
    'the application id is not usable',
    'Compare the SDK AppID with the console',
  ],
  [
    /\.Ser(vice|ivce)SuspendDueToArrears$|\.InsufficientBalanceInSmsPackage$/,
    'fail',
    'balance',
    'the account is in arrears or has no messages left',
    'Top the account up in the console: nothing can be sent',
  ],
  [
    /^(RequestLimitExceeded|InternalError|ServiceUnavailable)/,
    'warn',
    'account',
    'the gateway is busy',
    'Run the check again in a minute',
  ],
];
