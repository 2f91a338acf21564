import type { StartRegistrationDto } from './registration.dto';

const phone = '13800138000';

/** Bodies to start from; each can be sent as it is. */
export const START_REGISTRATION: Readonly<Record<string, { summary: string; value: StartRegistrationDto }>> =
  {
    sms: { summary: 'By SMS', value: { phone } },
    captcha: {
      summary: 'With the answer of a captcha',
      value: { phone, captcha: { captchaId: '019aa3c4-7d60-7c3e-9a55-0d6f3f1f8a10', answer: 'K4TX9' } },
    },
  };
