/** Injection token for {@link SmsModuleOptions}. */
export const SMS_OPTIONS = Symbol('SMS_OPTIONS');
