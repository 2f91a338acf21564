import type { StartVerificationDto } from './verification.dto';

const phone = '13800138000';

/** Bodies to start from; each can be sent as it is. */
export const START_VERIFICATION: Readonly<Record<string, { summary: string; value: StartVerificationDto }>> =
  {
    login: { summary: 'A code to log in with', value: { phone, purpose: 'login' } },
    register: { summary: 'A code to register with', value: { phone, purpose: 'register' } },
    captcha: {
      summary: 'With the answer of a captcha',
      value: {
        phone,
        purpose: 'login',
        captcha: { captchaId: '019aa3c4-7d60-7c3e-9a55-0d6f3f1f8a10', answer: 'K4TX9' },
      },
    },
  };
