import type { Env } from './env';
import { readTemplateIds, readTexts } from './env-content';
import { providerNames } from './env-rules';
import { InboxSmsProvider } from './sms/providers/inbox.provider';
import { LuosimaoSmsProvider } from './sms/providers/luosimao.provider';
import { RonglianSmsProvider } from './sms/providers/ronglian.provider';
import { TencentSmsProvider } from './sms/providers/tencent.provider';
import type { SmsProvider } from './sms/sms-provider.interface';

/** The gateways that `SMS_PROVIDERS` names, in its order. Their credentials are there: env-rules.ts saw to it. */
export function createSmsProviders(env: Env): SmsProvider[] {
  return providerNames(env).map((name) => createSmsProvider(name, env));
}

function createSmsProvider(name: string, env: Env): SmsProvider {
  const timeoutMs = env.SMS_TIMEOUT_MS;
  switch (name) {
    case 'luosimao':
      return new LuosimaoSmsProvider({
        vendor: 'luosimao',
        apiKey: env.LUOSIMAO_API_KEY!,
        signature: env.LUOSIMAO_SIGNATURE!,
        texts: readTexts(env.LUOSIMAO_TEXTS),
        baseUrl: env.LUOSIMAO_BASE_URL,
        voiceApiKey: env.LUOSIMAO_VOICE_API_KEY,
        voiceBaseUrl: env.LUOSIMAO_VOICE_BASE_URL,
        timeoutMs,
      });
    case 'ronglian':
      return new RonglianSmsProvider({
        vendor: 'ronglian',
        accountSid: env.RONGLIAN_ACCOUNT_SID!,
        authToken: env.RONGLIAN_AUTH_TOKEN!,
        appId: env.RONGLIAN_APP_ID!,
        templateId: env.RONGLIAN_TEMPLATE_ID!,
        templates: readTemplateIds(env.RONGLIAN_TEMPLATE_IDS),
        baseUrl: env.RONGLIAN_BASE_URL,
        bodyFormat: env.RONGLIAN_BODY_FORMAT,
        templateParams: env.RONGLIAN_TEMPLATE_PARAMS.split(','),
        voiceReceiptUrl: receiptUrl(name, env),
        timeoutMs,
      });
    case 'tencent':
      return new TencentSmsProvider({
        vendor: 'tencent',
        secretId: env.TENCENT_SECRET_ID!,
        secretKey: env.TENCENT_SECRET_KEY!,
        smsAppId: env.TENCENT_SMS_APP_ID!,
        signName: env.TENCENT_SIGN_NAME!,
        templateId: env.TENCENT_TEMPLATE_ID!,
        templates: readTemplateIds(env.TENCENT_TEMPLATE_IDS),
        templateParams: env.TENCENT_TEMPLATE_PARAMS.split(','),
        region: env.TENCENT_REGION,
        baseUrl: env.TENCENT_BASE_URL,
        timeoutMs,
      });
    case 'inbox':
      return new InboxSmsProvider(timeoutMs);
    default:
      throw new Error(`No SMS provider is called ${name}`);
  }
}

/** Where a gateway that is told with every call reports to; nothing when this service takes no receipts. */
export function receiptUrl(
  provider: string,
  { PUBLIC_URL, SMS_RECEIPT_TOKEN }: Pick<Env, 'PUBLIC_URL' | 'SMS_RECEIPT_TOKEN'>,
): string | undefined {
  if (!PUBLIC_URL || !SMS_RECEIPT_TOKEN) return undefined;
  return new URL(`/v1/hooks/sms/${provider}/${SMS_RECEIPT_TOKEN}`, PUBLIC_URL).href;
}
