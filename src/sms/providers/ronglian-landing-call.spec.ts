import type { CallNotice } from '../call-notice';
import { landingCall, type LandingCallOptions } from './ronglian-landing-call';

const ID = '018f0000-0000-7000-8000-000000000001';
const call = (changes: Partial<CallNotice>, options: Partial<LandingCallOptions> = {}) =>
  landingCall({ id: ID, to: '13800138000', ...changes }, { appId: 'app', ...options });
const fieldsOf = (...parameters: Parameters<typeof call>) => {
  const made = call(...parameters);
  return 'fields' in made ? made.fields : made;
};

describe('landingCall', () => {
  it('reads a text, with as little as there is to say', () => {
    expect(call({ text: '您的包裹已到' })).toEqual({
      path: 'Calls/LandingCalls',
      root: 'LandingCall',
      fields: { appId: 'app', to: '13800138000', mediaTxt: '您的包裹已到', userData: ID },
    });
  });

  it('plays recordings one after another', () => {
    expect(fieldsOf({ recordings: ['a.wav', 'b-1.wav'], recordingsOf: 'own' })).toMatchObject({
      mediaName: 'a.wav;b-1.wav',
      mediaNameType: '0',
    });
    const platform = fieldsOf({ recordings: ['ccp_marketingcall.wav'], recordingsOf: 'platform' });
    expect(platform).toMatchObject({ mediaName: 'ccp_marketingcall.wav', mediaNameType: '1' });
    expect(platform).not.toHaveProperty('mediaTxt');
  });

  it('says everything there is to say, all as text', () => {
    const notice = {
      text: '您好',
      playTimes: 3,
      displayNum: '01052823298',
      receiptUrl: 'https://id.example.org/calls?a=1',
      userData: 'order 7',
      maxCallTime: 60,
      voice: { txtSpeed: '-50', txtVolume: '5' },
    };
    expect(fieldsOf(notice)).toEqual({
      appId: 'app',
      to: '13800138000',
      mediaTxt: '您好',
      displayNum: '01052823298',
      playTimes: '3',
      respUrl: 'https://id.example.org/calls?a=1',
      userData: 'order 7',
      maxCallTime: '60',
      txtSpeed: '-50',
      txtVolume: '5',
    });
  });

  it('takes from the configuration what the notice leaves open', () => {
    const options = {
      displayNum: '4001234567',
      voiceReceiptUrl: 'https://id.example.org/hooks',
      noticeVoice: { speed: '10', pitch: '2' },
    };
    expect(fieldsOf({ text: '您好', voice: { speed: '0' } }, options)).toMatchObject({
      displayNum: '4001234567',
      respUrl: 'https://id.example.org/hooks',
      speed: '0',
      pitch: '2',
    });
    expect(fieldsOf({ text: '您好', displayNum: '4007654321' }, options)).toMatchObject({
      displayNum: '4007654321',
    });
    // How a text is read means nothing to a recording.
    expect(fieldsOf({ recordings: ['a.wav'] }, options)).not.toHaveProperty('speed');
  });

  it.each([
    ['13800138000', '13800138000'],
    ['+86 138-0013-8000', '13800138000'],
    ['008613800138000', '13800138000'],
    ['01052823298', '01052823298'],
    ['0755 2345678', '07552345678'],
    ['01052823298-627', '01052823298-627'],
  ])('calls %s', (to, callee) => {
    expect(fieldsOf({ to, text: '您好' })).toMatchObject({ to: callee });
  });

  it.each<[what: string, notice: Partial<CallNotice>, refusal: string, code: string]>([
    ['a number abroad', { to: '+85251234567' }, 'C', 'NUMBER'],
    ['a landline without area code', { to: '52823298' }, 'C', 'NUMBER'],
    ['an area code that is cut off', { to: '010-52823298' }, 'C', 'NUMBER'],
    ['a mobile number with an extension', { to: '13800138000-1234' }, 'C', 'NUMBER'],
    ['an extension without digits', { to: '01052823298-' }, 'C', 'NUMBER'],
    ['nothing to say', { text: undefined }, 'P', 'CONTENT'],
    ['two things to say', { recordings: ['a.wav'] }, 'P', 'CONTENT'],
    ['an empty text', { text: ' ' }, 'P', 'CONTENT'],
    ['no recording', { text: undefined, recordings: [] }, 'P', 'CONTENT'],
    ['a recording that is none', { text: undefined, recordings: ['a.mp3'] }, 'P', 'CONTENT'],
    ['two recordings in one name', { text: undefined, recordings: ['a.wav;b.wav'] }, 'P', 'CONTENT'],
    ['whose recordings, without any', { recordingsOf: 'platform' }, 'P', 'CONTENT'],
    ['no times', { playTimes: 0 }, 'P', 'PLAY_TIMES'],
    ['four times', { playTimes: 4 }, 'P', 'PLAY_TIMES'],
    ['one time and a half', { playTimes: 1.5 }, 'P', 'PLAY_TIMES'],
    ['a name to be shown', { displayNum: 'shop' }, 'P', 'DISPLAY_NUM'],
    ['the callee as the caller', { displayNum: '13800138000' }, 'P', 'DISPLAY_NUM'],
    ['an address that is none', { receiptUrl: 'id.example.org' }, 'P', 'RECEIPT_URL'],
    ['an address of another kind', { receiptUrl: 'ftp://id.example.org' }, 'P', 'RECEIPT_URL'],
    ['no time to talk', { maxCallTime: 0 }, 'P', 'MAX_CALL_TIME'],
    ['half a second', { maxCallTime: 0.5 }, 'P', 'MAX_CALL_TIME'],
    [
      'a voice for a recording',
      { text: undefined, recordings: ['a.wav'], voice: { speed: '1' } },
      'P',
      'VOICE',
    ],
    ['a parameter that is none of the voice', { voice: { to: '13900139000' } }, 'P', 'VOICE'],
    ['a speed beyond its bounds', { voice: { txtSpeed: '51' } }, 'P', 'VOICE'],
    ['a speed that is no number', { voice: { speed: 'fast' } }, 'P', 'VOICE'],
  ])('refuses %s', (_, notice, refusal, code) => {
    expect(call({ text: '您好', ...notice })).toMatchObject({
      kind: 'refused',
      refusal,
      vendorCode: `LOCAL_${code}`,
      vendorText: expect.any(String) as string,
    });
  });

  it('refuses a configured voice that would overwrite a field', () => {
    expect(call({ text: '您好' }, { noticeVoice: { appId: 'other' } })).toMatchObject({
      vendorCode: 'LOCAL_VOICE',
    });
  });
});
