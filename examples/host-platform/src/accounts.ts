import { AuthModule, Secrets, SmsModule, UsersModule, UsersService, VerificationModule } from 'gatecode';
import { ConsoleSmsProvider } from './console-sms.provider.js';
import { CustomersModule } from './customers/customers.module.js';
import type { Settings } from './settings.js';

/** Gatecode's modules with the shop's options. Each is made once; who needs one imports what is returned here. */
export function accountModules({ secretKey, adminPhones, captchaMode }: Settings) {
  const secrets = new Secrets(secretKey);
  const countries = ['CN'];
  const sms = SmsModule.forRoot({ providers: [new ConsoleSmsProvider()], secrets, countries });
  const users = UsersModule.forRoot({ secrets, countries });
  const verification = VerificationModule.forRootAsync({
    imports: [sms, users],
    inject: [UsersService],
    useFactory: (accounts: UsersService) => ({
      secrets,
      accounts,
      countries,
      captchaMode,
      codeLength: 6,
      codeTtl: 300,
      codeMaxAttempts: 5,
      resendCooldown: 60,
      phoneHourlyLimit: 5,
      phoneDailyLimit: 10,
      segmentHourlyLimit: 50,
      checkHourlyLimit: 15,
      liveVerifications: 3,
      voice: false,
    }),
  });
  const auth = AuthModule.forRootAsync({
    imports: [sms, users, verification, CustomersModule], // the last brings USER_STORE
    useFactory: () => ({
      secrets,
      countries,
      issuer: 'https://shop.example',
      audience: 'shop',
      accessTokenTtl: 600,
      refreshIdleTtl: 30 * 86_400,
      refreshAbsoluteTtl: 90 * 86_400,
      refreshReuseGrace: 10,
      passwordHourlyLimit: 10,
      roles: ['bookkeeper'],
      adminPhones,
    }),
    adminApi: true,
  });
  return { secrets, sms, users, verification, auth };
}
