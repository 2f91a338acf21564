import type { CallNotice } from '../call-notice';
import type { SmsOutcome } from '../sms-provider.interface';
import type { RonglianCall } from './ronglian-calls';
import { MOBILE, noticeFault } from './ronglian-landing-rules';
import { refusedHere } from './vendor-outcome';

export interface LandingCallOptions {
  readonly appId: string;
  /** Number shown to the callee, which the vendor has to approve. */
  readonly displayNum?: string;
  /** Where the vendor reports how a call went. */
  readonly voiceReceiptUrl?: string;
  /**
   * How texts are read, handed on unchanged. The vendor's documents name `txtSpeed`, its older SDKs `speed`, `volume`,
   * `pitch` and `bgsound`: name what your account understands. Nothing is sent by default.
   */
  readonly noticeVoice?: Readonly<Record<string, string>>;
}

/** `Calls/LandingCalls`: plays recordings or reads a text. */
export function landingCall(notice: CallNotice, options: LandingCallOptions): RonglianCall | SmsOutcome {
  const { recordings, recordingsOf, text } = notice;
  const voice = { ...(text === undefined ? {} : options.noticeVoice), ...notice.voice };
  const fields = present({
    appId: options.appId,
    to: calleeOf(notice.to),
    mediaName: recordings?.join(';'),
    mediaNameType: recordingsOf && (recordingsOf === 'own' ? '0' : '1'),
    mediaTxt: text,
    displayNum: notice.displayNum ?? options.displayNum,
    playTimes: notice.playTimes?.toString(),
    respUrl: notice.receiptUrl ?? options.voiceReceiptUrl,
    userData: notice.userData ?? notice.id,
    maxCallTime: notice.maxCallTime?.toString(),
  });
  const fault = noticeFault(notice, fields, voice);
  if (fault) return refusedHere(...fault);
  return { path: 'Calls/LandingCalls', root: 'LandingCall', fields: { ...fields, ...voice } };
}

function calleeOf(spelling: string): string {
  const plain = spelling.replace(/[\s()]/g, '');
  // A dash in a landline's number goes before its extension; in a mobile number it means nothing.
  return MOBILE.exec(plain.replace(/-/g, ''))?.[1] ?? plain;
}

function present(fields: Readonly<Record<string, string | undefined>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(fields).filter((field): field is [string, string] => field[1] !== undefined),
  );
}
