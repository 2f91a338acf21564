import { parseArgs } from 'node:util';

import { LUOSIMAO_ACCOUNT, LuosimaoSimulator } from './luosimao.simulator';
import { QINIU_ACCOUNT } from './qiniu-account';
import { QiniuSimulator } from './qiniu.simulator';
import { RONGLIAN_ACCOUNT, RonglianSimulator } from './ronglian.simulator';
import { TENCENT_ACCOUNT, TencentSimulator } from './tencent.simulator';

const HELP = `Starts the three SMS gateways and Qiniu's storage on this machine, as strict simulators. Nothing is ever sent.

  npm run simulators                     ports 4101 (Luosimao), 4102 (Ronglian), 4103 (Tencent), 4104 to 4106 (Qiniu:
                                         storage, and the domains of the buckets "avatars" and "open")
  npm run simulators -- --port 5000      six ports from 5000 on

Of the SMS gateways:

  GET    <address>/__ledger              messages that were taken
  DELETE <address>/__ledger              forget them
  POST   <address>/__faults              play a fault, e.g. {"kind":"hang","times":2}; kinds: refuse (code, text),
                                         status (status), hang, slow (ms), cut, accept-then-cut, redirect (location),
                                         drip (ms), garbage (body: html, empty, truncated, err-key, missing, charset);
                                         "to" limits it to one number, "taken" says whether the message is taken first
  DELETE <address>/__faults              stop playing faults
  POST   <address>/__account             change the account, e.g. {"deposit":0}; also voiceDeposit, clockSkewMs,
                                         addressAllowed, templateStatus, signStatus, templateContent, individual;
                                         {"report":{"providerMessageId":"...","status":"SUCCESS","code":"DELIVRD"}}
  POST   <address>/__receipts            report what became of all messages, or of one (providerMessageId):
                                         {"url":"<service>/v1/hooks/sms/tencent/<token>","status":"delivered"};
                                         "auto" instead of "status" does so for every message from now on, "afterMs"
                                         later; status undelivered; code; form: json, xml, text, form, get
  DELETE <address>/__receipts            stop reporting by itself
`;

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: { help: { type: 'boolean' }, port: { type: 'string', default: '4101' } },
  });
  if (values.help) return void process.stdout.write(HELP);
  const port = Number(values.port);
  const luosimao = await LuosimaoSimulator.start({ port });
  const ronglian = await RonglianSimulator.start({ port: port + 1 });
  const tencent = await TencentSimulator.start({ port: port + 2 });
  const qiniu = await QiniuSimulator.start({}, port + 3);
  announce('Luosimao', luosimao.url, {
    SMS_PROVIDERS: 'luosimao',
    LUOSIMAO_BASE_URL: luosimao.url,
    LUOSIMAO_API_KEY: LUOSIMAO_ACCOUNT.apiKey,
    LUOSIMAO_SIGNATURE: LUOSIMAO_ACCOUNT.signature,
    LUOSIMAO_VOICE_BASE_URL: luosimao.url,
    LUOSIMAO_VOICE_API_KEY: LUOSIMAO_ACCOUNT.voiceApiKey,
  });
  announce('Ronglian', ronglian.url, {
    SMS_PROVIDERS: 'ronglian',
    RONGLIAN_BASE_URL: ronglian.url,
    RONGLIAN_ACCOUNT_SID: RONGLIAN_ACCOUNT.accountSid,
    RONGLIAN_AUTH_TOKEN: RONGLIAN_ACCOUNT.authToken,
    RONGLIAN_APP_ID: RONGLIAN_ACCOUNT.appId,
    RONGLIAN_TEMPLATE_ID: RONGLIAN_ACCOUNT.templateId,
  });
  announce('Tencent', tencent.url, {
    SMS_PROVIDERS: 'tencent',
    TENCENT_BASE_URL: tencent.url,
    TENCENT_SECRET_ID: TENCENT_ACCOUNT.secretId,
    TENCENT_SECRET_KEY: TENCENT_ACCOUNT.secretKey,
    TENCENT_SMS_APP_ID: TENCENT_ACCOUNT.smsAppId,
    TENCENT_SIGN_NAME: TENCENT_ACCOUNT.signName,
    TENCENT_TEMPLATE_ID: TENCENT_ACCOUNT.templateId,
  });
  announce('Qiniu', qiniu.url, {
    STORAGE_PROVIDER: 'qiniu',
    QINIU_ACCESS_KEY: QINIU_ACCOUNT.accessKey,
    QINIU_SECRET_KEY: QINIU_ACCOUNT.secretKey,
    QINIU_BUCKET: 'avatars',
    QINIU_PRIVATE: 'true',
    QINIU_DOMAIN: qiniu.domain('avatars'),
    QINIU_UPLOAD_URL: qiniu.url,
    QINIU_RS_URL: qiniu.url,
    QINIU_RSF_URL: qiniu.url,
  });
  process.stdout.write('Ctrl+C stops them. --help tells how to read their ledgers and play faults.\n');
  const all = [luosimao, ronglian, tencent, qiniu];
  const stop = () => void Promise.all(all.map((simulator) => simulator.stop()));
  process.once('SIGINT', stop).once('SIGTERM', stop);
}

/** Prints one line that can be put in front of `npm start` as it stands. */
function announce(vendor: string, url: string, environment: Record<string, string>): void {
  const variables = Object.entries(environment).map(([name, value]) => `${name}=${value}`);
  process.stdout.write(`${vendor} at ${url}\n  ${[...variables, 'npm start'].join(' \\\n  ')}\n\n`);
}

main().catch((error: Error) => {
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
});
