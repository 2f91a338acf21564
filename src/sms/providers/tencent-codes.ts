import { codeTable } from './code-table';
import type { CodeClass, CodeVerdict } from './vendor-outcome';

/** Puts a shared prefix before names: `names('LimitExceeded', 'DailyLimit AppDailyLimit')`. */
function names(prefix: string, suffixes: string): string {
  return suffixes.replace(/\S+/g, (suffix) => ` ${prefix}.${suffix} `);
}

/**
 * Error codes of Tencent Cloud SMS (https://cloud.tencent.com/document/api/382/55981, /52075) where the prefix rules
 * below would say something else, or nothing; numbers are the same codes of the older API (/3771). The vendor misspells
 * a few; both forms are listed.
 */
const CODES = codeTable([
  [names('InternalError', 'Timeout SendAndRecvFail') + '1008 60008', 'A'],
  ['1007', 'R'],
  [names('InternalError', 'JsonParseFail') + '1004', 'P'],
  [names('InternalError', 'RestApiInterfaceNotExist') + '1011', 'P', 'yes'],
  [names('InternalError', 'RequestTimeException SigFieldMissing SigVerificationFail'), 'G'],
  ['1021 1003 1001', 'G'],
  [names('FailedOperation', 'JsonParseFail FailResolvePacket MarketingSendTimeConstraint') + '1029', 'P'],
  [names('FailedOperation', 'OtherError ParametersOtherError'), 'P', 'yes'],
  ['FailedOperation', 'R'],
  ['FailedOperation.ContainSensitiveWord 1002 InvalidParameter.DirtyWordFound', 'T'],
  ['InvalidParameterValue.TemplateWithDirtyWords', 'T'],
  ['FailedOperation.InsufficientBalanceInSmsPackage 1031', 'B'],
  [names('FailedOperation', 'PhoneNumberInBlacklist PhoneNumberOnBlacklist') + '1015', 'K'],
  ['1012 1014', 'G'], // signature, template
  ['InvalidParameterValue.IncorrectPhoneNumber 1016', 'C'],
  [names('InvalidParameterValue', 'ContentLengthLimit TemplateParameterLengthLimit') + '1017 1036', 'T'],
  ['InvalidParameterValue.ProhibitedUseUrlInTemplateParameter 1048', 'T'],
  ['InvalidParameterValue.TemplateParameterFormatError 1038', 'P', 'yes'],
  ['InvalidParameterValue.SdkAppIdNotExist InvalidParameter.AppidAndBizId 1019 1020', 'G'],
  [names('LimitExceeded', 'PhoneNumberCountLimit') + '1046 1034', 'P'],
  ['LimitExceeded.DeliveryFrequencyLimit 1013 1023 1024 1025 1026', 'L'],
  // The owner's own budget guard: another gateway is asked only by an owner who says so, since a cap may mean an attack.
  [names('LimitExceeded', 'AppDailyLimit AppMainlandChinaDailyLimit AppGlobalDailyLimit'), 'Q', 'opt-in'],
  [names('LimitExceeded', 'DailyLimit AppCountryOrRegionDailyLimit') + '1022 1047', 'Q', 'opt-in'],
  ['LimitExceeded.AppCountryOrRegionInBlacklist', 'G', 'opt-in'],
  ['LimitExceeded', 'Q'],
  ['1006 1009 1032 1045', 'G'], // permission, address, marketing by individuals, destination
  [names('UnauthorizedOperation', 'SerivceSuspendDueToArrears ServiceSuspendDueToArrears') + '1033', 'B'],
  ['UnauthorizedOperation', 'G'],
  ['UnsupportedOperation UnsupportedOperation. 1030', 'P', 'yes'],
  [names('UnsupportedOperation', 'UnsuportedRegion UnsupportedRegion'), 'G'],
  [names('UnsupportedOperation', 'ChineseMainlandTemplateToGlobalPhone'), 'G'],
  [names('UnsupportedOperation', 'GlobalTemplateToChineseMainlandPhone'), 'G'],
  // Gateway of all Tencent Cloud services
  ['AuthFailure.RequestLimitExceeded ResourceInsufficient ResourceUnavailable', 'Q'],
  ['ServiceUnavailable', 'R'],
  ['ActionOffline InvalidAction InvalidRequest NoSuchProduct NoSuchVersion UnknownParameter', 'P'],
  ['RequestSizeLimitExceeded ResponseSizeLimitExceeded UnsupportedProtocol UnsupportedRegion', 'P'],
  ['ResourceInUse ResourceNotFound', 'P'],
  ['DryRunOperation', 'P'], // nothing was sent, and nobody asked for a rehearsal
]);

/** Classes of codes that are not in the table, by prefix; the first that fits. */
const PREFIXES: readonly (readonly [prefix: string, codeClass: CodeClass])[] = [
  ['AuthFailure.', 'G'],
  ['UnauthorizedOperation.', 'G'],
  ['RequestLimitExceeded', 'Q'],
  ['LimitExceeded.PhoneNumber', 'L'],
  ['LimitExceeded.', 'Q'],
  ['InternalError', 'R'],
  ['FailedOperation.', 'G'],
  ['InvalidParameter', 'P'],
  ['MissingParameter', 'P'],
  ['UnsupportedOperation.', 'P'],
];

/** @param code other than `Ok` */
export function classifyTencent(code: string): CodeVerdict {
  const byPrefix = () => PREFIXES.find(([prefix]) => code.startsWith(prefix))?.[1] ?? 'U';
  return CODES.get(code) ?? { codeClass: byPrefix() };
}
