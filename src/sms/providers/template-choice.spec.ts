import type { Phone } from '../../common/phone';
import type { OutgoingMessage } from '../sms-provider.interface';
import { fillTemplate, hasTemplate } from './template-choice';

const message = (changes: Partial<OutgoingMessage> = {}): OutgoingMessage => ({
  id: '018f0000-0000-7000-8000-000000000001',
  phone: '+8613800138000' as Phone,
  channel: 'sms',
  purpose: 'login',
  locale: 'zh',
  values: { code: '438217', minutes: '5' },
  ...changes,
});

describe('fillTemplate', () => {
  it('takes the one template there is', () => {
    expect(fillTemplate(message(), { templateId: '1' })).toEqual({
      templateId: '1',
      params: ['438217', '5'],
    });
  });

  it.each([
    ['login', 'zh', '2'],
    ['login', 'en', '3'],
    ['register', 'en', '4'],
    ['register', 'zh', '1'],
  ] as const)('chooses for %s in %s', (purpose, locale, templateId) => {
    const templates = { login: '2', 'login@en': '3', '@en': '4' };
    expect(fillTemplate(message({ purpose, locale }), { templateId: '1', templates })).toMatchObject({
      templateId,
    });
  });

  it('fills the places in the order of all templates, or of the chosen one', () => {
    const options = {
      templateId: '1',
      templateParams: ['minutes', 'code'],
      templates: { shipped: { id: '5', params: ['number'] } },
    };
    expect(fillTemplate(message(), options)).toEqual({ templateId: '1', params: ['5', '438217'] });
    const shipped = message({ purpose: 'shipped', values: { number: 'A7', other: '' } });
    expect(fillTemplate(shipped, options)).toEqual({ templateId: '5', params: ['A7'] });
  });

  it('sends a notice with its own template, which has no places, or not at all', () => {
    const notice = message({ purpose: 'notice_phone_changed', values: {} });
    const codes = { templateId: '1', templates: { '@zh': '2' } };
    expect(hasTemplate(notice, codes)).toBe(false);
    expect(fillTemplate(notice, codes)).toMatchObject({ vendorCode: 'LOCAL_TEMPLATE_MISSING' });
    const own = { templateId: '1', templates: { notice_phone_changed: '3' } };
    expect(hasTemplate(notice, own)).toBe(true);
    expect(fillTemplate(notice, own)).toEqual({ templateId: '3', params: [] });
  });

  it.each(['name', 'constructor'])('refuses a template that wants a value the message lacks: %s', (name) => {
    expect(fillTemplate(message(), { templateId: '1', templateParams: ['code', name] })).toMatchObject({
      refusal: 'G',
      vendorCode: 'LOCAL_VALUE_MISSING',
    });
  });
});
