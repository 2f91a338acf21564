import type { Phone } from '../../common/phone';
import type { OutgoingMessage } from '../sms-provider.interface';
import { renderLuosimaoText } from './luosimao-text';

function message(overrides: Partial<OutgoingMessage> = {}): OutgoingMessage {
  return {
    id: '018f0000-0000-7000-8000-000000000001',
    phone: '+8613800138000' as Phone,
    channel: 'sms',
    purpose: 'login',
    locale: 'zh',
    values: { code: '438217', minutes: '5' },
    ...overrides,
  };
}

const render = (text: string, values?: Record<string, string>) =>
  renderLuosimaoText(message(values && { values }), '示例公司', { login: text });

describe('renderLuosimaoText', () => {
  it('writes Chinese with the signature at the end', () => {
    expect(renderLuosimaoText(message(), '示例公司')).toEqual({
      text: '您正在登录，验证码438217，5分钟内有效，请勿告诉他人。【示例公司】',
    });
  });

  it('writes English for an English reader', () => {
    expect(renderLuosimaoText(message({ locale: 'en' }), '【示例公司】')).toEqual({
      text: '438217 is your log-in code. Valid 5 min. Do not share it.【示例公司】',
    });
  });

  it.each([
    ['at its end', '码{code}【甲公司】'],
    ['at its start', '【甲公司】码{code}'],
  ])('leaves a text alone that has a signature %s', (_, text) => {
    expect(render(text)).toEqual({ text: text.replace('{code}', '438217') });
  });

  it('signs a text that has brackets only in the middle', () => {
    expect(render('码【甲】{code}.')).toEqual({ text: '码【甲】438217.【示例公司】' });
  });

  it.each([
    ['a text without the code', '您好'],
    ['a second run of as many digits', '{code} 123456'],
    ['a second run in full-width digits', '{code} １２３４５６'],
    ['the code twice', '{code} {code}'],
  ])('refuses %s', (_, text) => {
    expect(render(text)).toEqual({ fault: 'CODE_AMBIGUOUS' });
  });

  it('refuses a text that names a value the message lacks', () => {
    expect(render('{code} {name}')).toEqual({ fault: 'VALUE_MISSING' });
  });

  it('wants no digits in a message without a code', () => {
    expect(render('订单{number}已发货', { number: 'A7' })).toEqual({ text: '订单A7已发货【示例公司】' });
  });

  it('takes 300 characters with the signature, and not one more', () => {
    const filler = '字'.repeat(300 - 6 - '【示例公司】'.length);
    expect(render(`{code}${filler}`)).toMatchObject({ text: expect.stringMatching(/^.{300}$/) as string });
    expect(render(`{code}${filler}字`)).toEqual({ fault: 'TOO_LONG' });
  });
});
