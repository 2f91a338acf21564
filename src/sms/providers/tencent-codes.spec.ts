import { classifyTencent } from './tencent-codes';

/** One row per row of the vendor's tables; a leading dot repeats the prefix of the code before it. */
const ROWS: readonly (readonly [codes: string, codeClass: string])[] = [
  ['InternalError.Timeout 1008 60008', 'A'],
  ['InternalError.SendAndRecvFail', 'A'],
  ['InternalError InternalError.OtherError .UnknownError 1007', 'R'],
  ['InternalError.JsonParseFail FailedOperation.JsonParseFail .FailResolvePacket 1004', 'P'],
  ['InternalError.RequestTimeException 1021', 'G'],
  ['InternalError.RestApiInterfaceNotExist 1011', 'P'],
  ['InternalError.SigFieldMissing .SigVerificationFail 1003 1001', 'G'],
  ['FailedOperation.ContainSensitiveWord 1002', 'T'],
  ['InvalidParameter.DirtyWordFound InvalidParameterValue.TemplateWithDirtyWords', 'T'],
  ['FailedOperation.InsufficientBalanceInSmsPackage 1031', 'B'],
  ['FailedOperation.MarketingSendTimeConstraint 1029', 'P'],
  ['FailedOperation.PhoneNumberInBlacklist .PhoneNumberOnBlacklist 1015', 'K'],
  ['FailedOperation.SignatureIncorrectOrUnapproved 1012', 'G'],
  ['FailedOperation.TemplateIncorrectOrUnapproved .TemplateUnapprovedOrNotExist 1014', 'G'],
  ['FailedOperation.TemplateParamSetNotMatchApprovedTemplate', 'G'],
  ['FailedOperation.OtherError .ParametersOtherError', 'P'],
  ['FailedOperation.MissingSignature .MissingSignatureList .MissingTemplateToModify', 'G'],
  ['FailedOperation.SignNumberLimit .TemplateNumberLimit .TemplateAlreadyPassedCheck', 'G'],
  ['FailedOperation.ForbidAddMarketingTemplates .NotEnterpriseCertification', 'G'],
  ['InvalidParameterValue.IncorrectPhoneNumber 1016', 'C'],
  ['InvalidParameterValue.ContentLengthLimit 1017', 'T'],
  ['InvalidParameterValue.TemplateParameterFormatError 1038', 'P'],
  ['InvalidParameterValue.TemplateParameterLengthLimit 1036', 'T'],
  ['InvalidParameterValue.ProhibitedUseUrlInTemplateParameter 1048', 'T'],
  ['InvalidParameterValue.SdkAppIdNotExist InvalidParameter.AppidAndBizId 1019', 'G'],
  ['UnauthorizedOperation.SdkAppIdIsDisabled .SmsSdkAppIdVerifyFail 1020', 'G'],
  ['InvalidParameterValue.BeginTimeVerifyFail .EndTimeVerifyFail .LimitVerifyFail', 'P'],
  ['InvalidParameterValue.OffsetVerifyFail .InvalidStartTime .ImageInvalid .InvalidDocumentType', 'P'],
  ['InvalidParameterValue.InvalidInternational .InvalidSignPurpose .InvalidTemplateFormat', 'P'],
  ['InvalidParameterValue.InvalidUsedMethod .SignAlreadyPassedCheck .SignExistAndUnapproved', 'P'],
  ['InvalidParameter.InvalidParameters', 'P'],
  ['MissingParameter MissingParameter.EmptyPhoneNumberSet', 'P'],
  ['LimitExceeded.PhoneNumberThirtySecondLimit .PhoneNumberOneHourLimit 1023 1024', 'L'],
  ['LimitExceeded.PhoneNumberDailyLimit .PhoneNumberSameContentDailyLimit 1025 1026', 'L'],
  ['LimitExceeded.DeliveryFrequencyLimit 1013', 'L'],
  ['LimitExceeded.AppDailyLimit .AppMainlandChinaDailyLimit .AppGlobalDailyLimit 1022', 'Q'],
  ['LimitExceeded.DailyLimit .AppCountryOrRegionDailyLimit 1047', 'Q'],
  ['LimitExceeded.AppCountryOrRegionInBlacklist', 'G'],
  ['LimitExceeded.GlobalSmsSendingRateLimit', 'Q'],
  ['LimitExceeded.PhoneNumberCountLimit 1046', 'P'],
  ['UnauthorizedOperation.RequestIpNotInWhitelist .IpNotInWhitelist .IpInBlacklist 1009', 'G'],
  ['UnauthorizedOperation UnauthorizedOperation.RequestPermissionDeny 1006', 'G'],
  ['UnauthorizedOperation.IndividualUserMarketingSmsPermissionDeny 1032', 'G'],
  ['UnauthorizedOperation.SerivceSuspendDueToArrears .ServiceSuspendDueToArrears 1033', 'B'],
  ['UnsupportedOperation UnsupportedOperation. 1030', 'P'],
  ['UnsupportedOperation.ContainDomesticAndInternationalPhoneNumber 1034', 'P'],
  ['UnsupportedOperation.UnsuportedRegion .UnsupportedRegion 1045', 'G'],
  ['UnsupportedOperation.ChineseMainlandTemplateToGlobalPhone .GlobalTemplateToChineseMainlandPhone', 'G'],
  ['AuthFailure.InvalidAuthorization .InvalidSecretId .MFAFailure .SecretIdNotFound .SignatureExpire', 'G'],
  ['AuthFailure.SignatureFailure .TokenFailure .UnauthorizedOperation', 'G'],
  [
    'RequestLimitExceeded RequestLimitExceeded.IPLimitExceeded .UinLimitExceeded .GlobalRegionUinLimitExceeded',
    'Q',
  ],
  ['AuthFailure.RequestLimitExceeded', 'Q'],
  ['LimitExceeded ResourceInsufficient ResourceUnavailable', 'Q'],
  ['ServiceUnavailable', 'R'],
  ['ActionOffline InvalidAction InvalidRequest InvalidParameter InvalidParameterValue', 'P'],
  ['NoSuchProduct NoSuchVersion RequestSizeLimitExceeded ResponseSizeLimitExceeded', 'P'],
  ['UnknownParameter UnsupportedProtocol UnsupportedRegion ResourceInUse ResourceNotFound', 'P'],
  ['DryRunOperation', 'P'],
  ['FailedOperation', 'R'],
  // Unknown codes, by prefix
  ['AuthFailure.New', 'G'],
  ['UnauthorizedOperation.New', 'G'],
  ['RequestLimitExceeded.New', 'Q'],
  ['LimitExceeded.PhoneNumberNewLimit', 'L'],
  ['LimitExceeded.New', 'Q'],
  ['InternalError.New', 'R'],
  ['FailedOperation.New', 'G'],
  ['InvalidParameter.New InvalidParameterValue.New MissingParameter.New', 'P'],
  ['UnsupportedOperation.New', 'P'],
  ['Brand.New 9999', 'U'],
];

function expand(codes: string): string[] {
  let prefix = '';
  return codes.split(' ').map((code) => {
    if (code.startsWith('.')) return prefix + code;
    prefix = code.split('.')[0];
    return code;
  });
}

describe('classifyTencent', () => {
  it.each(ROWS)('%s is %s', (codes, codeClass) => {
    expect(expand(codes).map((code) => [code, classifyTencent(code)])).toEqual(
      expand(codes).map((code) => [code, codeClass]),
    );
  });
});
