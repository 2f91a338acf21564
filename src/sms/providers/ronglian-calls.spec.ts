import type { Phone } from '../../common/phone';
import type { OutgoingMessage } from '../sms-provider.interface';
import { templateCall, voiceCall } from './ronglian-calls';

const options = { appId: 'app', templateId: '1' };
const message = (changes: Partial<OutgoingMessage> = {}): OutgoingMessage => ({
  id: '018f0000-0000-7000-8000-000000000001',
  phone: '+8613800138000' as Phone,
  channel: 'sms',
  purpose: 'login',
  locale: 'zh',
  values: { code: '438217', minutes: '5' },
  ...changes,
});

describe('templateCall', () => {
  it('names numbers, template and values', () => {
    expect(templateCall(['13800138000', '13800138001'], message(), options)).toEqual({
      path: 'SMS/TemplateSMS',
      root: 'TemplateSMS',
      fields: {
        to: '13800138000,13800138001',
        appId: 'app',
        templateId: '1',
        datas: ['438217', '5'],
        reqId: '018f0000000070008000000000000001',
      },
    });
  });

  it('makes no call that lacks a value', () => {
    const call = templateCall(['13800138000'], message({ values: { code: '438217' } }), options);
    expect(call).toMatchObject({ kind: 'refused', refusal: 'G' });
  });
});

describe('voiceCall', () => {
  it('reads the code out twice', () => {
    expect(voiceCall('13800138000', message(), options)).toEqual({
      path: 'Calls/VoiceVerify',
      root: 'VoiceVerify',
      fields: {
        appId: 'app',
        verifyCode: '438217',
        to: '13800138000',
        playTimes: '2',
        userData: '018f0000-0000-7000-8000-000000000001',
      },
    });
  });

  it('says what else it is told to', () => {
    const voice = {
      playTimes: 3,
      voiceLanguages: { en: 'en' },
      displayNum: '01052823298',
      voiceReceiptUrl: 'https://id.example.org/hooks',
    };
    const call = (locale: 'zh' | 'en') =>
      voiceCall('13800138000', message({ locale }), { ...options, ...voice });
    expect(call('en')).toMatchObject({
      fields: {
        playTimes: '3',
        lang: 'en',
        displayNum: '01052823298',
        respUrl: 'https://id.example.org/hooks',
      },
    });
    expect(call('zh')).not.toHaveProperty('fields.lang');
  });

  it.each(['438', '438217438', '', '4382 17'])('does not read out %p', (code) => {
    const call = voiceCall('13800138000', message({ values: { code } }), options);
    expect(call).toMatchObject({ kind: 'refused', refusal: 'T', vendorCode: 'LOCAL_CODE_LENGTH' });
  });
});
