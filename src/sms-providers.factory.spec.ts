import { createSmsProviders, receiptUrl } from './sms-providers.factory';
import { validateEnv } from './validate-env';

describe('createSmsProviders', () => {
  it('makes the gateways in their order, with the channels that their credentials open', () => {
    const env = validateEnv({
      SMS_PROVIDERS: 'luosimao,inbox,ronglian',
      LUOSIMAO_API_KEY: 'a1b2c3d4e5f6',
      LUOSIMAO_SIGNATURE: '示例公司',
      RONGLIAN_ACCOUNT_SID: '8a216da8f00dcafe',
      RONGLIAN_AUTH_TOKEN: '0f1e2d3c4b5a6978',
      RONGLIAN_APP_ID: '8a216da8f00dbeef',
      RONGLIAN_TEMPLATE_ID: '1',
    });
    const made = createSmsProviders(env).map(({ name, channels }) => [name, [...channels].join(' ')]);
    expect(made).toEqual([
      ['luosimao', 'sms'],
      ['inbox', 'sms voice'],
      ['ronglian', 'sms voice'],
    ]);
  });
});

describe('receiptUrl', () => {
  const SMS_RECEIPT_TOKEN = 'f00dcafef00dcafe';

  it.each(['https://id.example.org', 'https://id.example.org/'])('is the hook below %s', (PUBLIC_URL) => {
    expect(receiptUrl('ronglian', { PUBLIC_URL, SMS_RECEIPT_TOKEN })).toBe(
      'https://id.example.org/v1/hooks/sms/ronglian/f00dcafef00dcafe',
    );
  });

  it('is none without a hook or an address of ours', () => {
    expect(receiptUrl('ronglian', { PUBLIC_URL: 'https://id.example.org' })).toBeUndefined();
    expect(receiptUrl('ronglian', { SMS_RECEIPT_TOKEN })).toBeUndefined();
  });
});
