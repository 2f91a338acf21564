import type { CallNotice } from '../call-notice';

/** What is wrong with a notice: the class of the refusal, a code of ours, and words for an operator. */
export type NoticeFault = readonly [refusal: 'C' | 'P', code: string, words: string];

type Fields = Readonly<Record<string, string>>;

export const MOBILE = /^(?:\+86|0086)?(1[3-9]\d{9})$/;
/** Area code, number, and behind `-` an extension. */
const LANDLINE = /^0\d{9,11}(-\d{1,6})?$/;
const RECORDING = /^[\w.-]+\.wav$/;
const DISPLAYED = /^\+?\d{5,15}$/;
const VOICE_NAME = /^(txt(Speed|Volume|Pitch|Bgsound)|speed|volume|pitch|bgsound)$/;
const SPEED_NAME = /speed$/i;

/** Every parameter is checked before the call: the vendor's codes for voice are not documented. */
export function noticeFault(notice: CallNotice, fields: Fields, voice: Fields): NoticeFault | undefined {
  return targetFault(fields) ?? contentFault(notice) ?? timesFault(notice) ?? voiceFault(notice, voice);
}

function targetFault({ to, displayNum, respUrl }: Fields): NoticeFault | undefined {
  if (!MOBILE.test(to) && !LANDLINE.test(to)) {
    return ['C', 'NUMBER', 'Not a mainland mobile number, nor a landline with area code'];
  }
  if (displayNum !== undefined && !DISPLAYED.test(displayNum)) {
    return ['P', 'DISPLAY_NUM', 'displayNum has 5 to 15 digits'];
  }
  if (displayNum === to) return ['P', 'DISPLAY_NUM', 'displayNum is the callee’s own number'];
  const isUrl = respUrl === undefined || (/^https?:/.test(respUrl) && URL.canParse(respUrl));
  return isUrl ? undefined : ['P', 'RECEIPT_URL', 'receiptUrl is no http(s) address'];
}

function contentFault({ recordings, recordingsOf, text }: CallNotice): NoticeFault | undefined {
  if ((recordings === undefined) === (text === undefined)) {
    return ['P', 'CONTENT', 'A call plays recordings or reads a text: name one of the two'];
  }
  if (text !== undefined && text.trim() === '') return ['P', 'CONTENT', 'The text is empty'];
  if (recordingsOf && !recordings) return ['P', 'CONTENT', 'recordingsOf goes with recordings'];
  const arePlayable =
    !recordings || (recordings.length > 0 && recordings.every((name) => RECORDING.test(name)));
  return arePlayable ? undefined : ['P', 'CONTENT', 'A recording is the name of a .wav file'];
}

function timesFault({ playTimes, maxCallTime }: CallNotice): NoticeFault | undefined {
  if (playTimes !== undefined && ![1, 2, 3].includes(playTimes)) {
    return ['P', 'PLAY_TIMES', 'playTimes is 1, 2 or 3'];
  }
  const isTime = maxCallTime === undefined || (Number.isSafeInteger(maxCallTime) && maxCallTime > 0);
  return isTime ? undefined : ['P', 'MAX_CALL_TIME', 'maxCallTime is a whole number of seconds'];
}

function voiceFault({ text }: CallNotice, voice: Fields): NoticeFault | undefined {
  const names = Object.keys(voice);
  if (names.length > 0 && text === undefined) {
    return ['P', 'VOICE', 'How a text is read means nothing to a recording'];
  }
  const strange = names.find((name) => !VOICE_NAME.test(name));
  if (strange) return ['P', 'VOICE', `${strange} is no parameter of the voice`];
  const areSpeeds = names
    .filter((name) => SPEED_NAME.test(name))
    .every((name) => /^-?\d{1,2}$/.test(voice[name]) && Math.abs(Number(voice[name])) <= 50);
  return areSpeeds ? undefined : ['P', 'VOICE', 'The speed is a whole number from -50 to 50'];
}
