import type { Locale, OutgoingMessage, SmsOutcome } from '../sms-provider.interface';
import type { RonglianFields } from './ronglian-body';
import { ronglianRequestId } from './ronglian-request-id';
import { fillTemplate, type TemplateOptions } from './template-choice';
import { refusedHere } from './vendor-outcome';

/** A call's path below the account, its root element in XML, and its fields. */
export interface RonglianCall {
  readonly path: string;
  readonly root: string;
  readonly fields: RonglianFields;
}

export interface RonglianCallOptions extends TemplateOptions {
  readonly appId: string;
  /** How often a spoken code is read out, 1 to 3; default 2. */
  readonly playTimes?: number;
  /** What `lang` of a spoken code says for a language; nothing is sent by default, since the values are not documented. */
  readonly voiceLanguages?: Readonly<Partial<Record<Locale, string>>>;
  /** Number shown to the callee, which the vendor has to approve. */
  readonly displayNum?: string;
  /** Where the vendor reports how a call went. */
  readonly voiceReceiptUrl?: string;
}

/** `SMS/TemplateSMS`. @param to mainland numbers of 11 digits, all for the same message */
export function templateCall(
  to: readonly string[],
  message: OutgoingMessage,
  options: RonglianCallOptions,
): RonglianCall | SmsOutcome {
  const filled = fillTemplate(message, options);
  if ('kind' in filled) return filled;
  const fields = {
    to: to.join(','),
    appId: options.appId,
    templateId: filled.templateId,
    datas: filled.params,
    reqId: ronglianRequestId(message.id, message.submission),
  };
  return { path: 'SMS/TemplateSMS', root: 'TemplateSMS', fields };
}

/** `Calls/VoiceVerify`: a machine reads the code out. */
export function voiceCall(
  to: string,
  message: OutgoingMessage,
  { appId, playTimes = 2, voiceLanguages, displayNum, voiceReceiptUrl: respUrl }: RonglianCallOptions,
): RonglianCall | SmsOutcome {
  const verifyCode = message.values.code ?? '';
  if (!/^[0-9A-Za-z]{4,8}$/.test(verifyCode))
    return refusedHere('T', 'CODE_LENGTH', 'A voice code has 4 to 8 digits');
  const lang = voiceLanguages?.[message.locale];
  const fields = {
    appId,
    verifyCode,
    to,
    playTimes: String(playTimes),
    ...(displayNum && { displayNum }),
    ...(respUrl && { respUrl }),
    ...(lang && { lang }),
    userData: message.id,
  };
  return { path: 'Calls/VoiceVerify', root: 'VoiceVerify', fields };
}
