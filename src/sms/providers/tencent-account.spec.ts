import { RecordedVendorHttp, verdicts } from '../../../test/support/recorded-http';
import type { Phone } from '../../common/phone';
import { TencentAccount, type TencentAccess } from './tencent-account';
import { signTc3, TENCENT_SMS } from './tencent-signature';
import type { VendorReply } from './vendor-exchange';

const NOW = 1_773_000_123_000; // 2026-03-08T20:02:03Z: in Beijing already the 9th, 4 o'clock
const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const ACCESS: TencentAccess = {
  secretId: 'AKIDEXAMPLEEXAMPLEEXAMPLE00000002',
  secretKey: 'exampleSecretKey0000000000000002',
  smsAppId: '1400006666',
  signName: '示例公司',
  templateId: '449739',
};

const answer = (response: object) => ({ Response: { ...response, RequestId: 'f36e4f00-605e' } });
const refused = (Code: string, Message = 'refused') => answer({ Error: { Code, Message } });
const item = (amount: number, usage: number, from = -1_000, to = 1_000) => ({
  PackageCreateTime: NOW / SECOND + from,
  PackageEffectiveTime: NOW / SECOND + from,
  PackageExpiredTime: NOW / SECOND + to,
  PackageAmount: amount,
  PackageType: 1,
  PackageId: 5,
  CurrentUsage: usage,
});
const packages = (...items: object[]) => answer({ SmsPackagesStatisticsSet: items });
// The members are those of the vendor's own examples.
const sign = (SignName: string, StatusCode: number) => ({
  SignId: 1110,
  International: 0,
  ReviewReply: '',
  CreateTime: 1617508800,
  SignName,
  StatusCode,
});
const signs = (...list: object[]) => answer({ DescribeSignListStatusSet: list });
const template = (changes: object = {}) =>
  answer({
    DescribeTemplateStatusSet: [
      {
        TemplateName: '验证码',
        TemplateId: 449739,
        International: 0,
        ReviewReply: '',
        CreateTime: 1617379200,
        TemplateContent: '您的验证码是{1}，{2}分钟内有效',
        StatusCode: 0,
        ...changes,
      },
    ],
  });
const PACKAGES = packages(item(1_000, 10));
const SIGNS = signs(sign('别的', 0), sign('示例公司', 0));

type Answers = readonly (object | VendorReply)[];
function account(
  answers: Answers,
  { skew = 0, ...changes }: Partial<TencentAccess> & { skew?: number } = {},
) {
  const http = new RecordedVendorHttp(answers, NOW + skew);
  return { http, account: new TencentAccount({ ...ACCESS, ...changes }, http, { now: () => NOW }) };
}
const checkup = (answers: Answers, changes = {}) => account(answers, changes).account.checkup();
const GOOD = ['reachability ok', 'clock ok', 'credentials ok'];

describe('the balance at Tencent', () => {
  it('is what the packages in force have left', async () => {
    const ended = item(500, 0, -1_000, -1);
    const toCome = item(500, 0, 1, 1_000);
    const { http, account: own } = account([packages(item(1_000, 10), ended, item(50, 50), toCome)]);
    expect(await own.balance()).toEqual({ left: 990, unit: 'messages' });
    const body =
      '{"SmsSdkAppId":"1400006666","Limit":500,"Offset":0,"BeginTime":"2023031004","EndTime":"2026030904"}';
    expect(http.calls[0]).toMatchObject({ method: 'POST', body });
    expect(http.calls[0].headers).toMatchObject({
      'x-tc-action': 'SmsPackagesStatistics',
      'x-tc-version': '2021-01-11',
      'x-tc-timestamp': '1773000123',
      authorization: signTc3({
        ...TENCENT_SMS,
        ...ACCESS,
        contentType: http.calls[0].headers['content-type'],
        body,
        timestamp: 1773000123,
      }).authorization,
    });
  });

  it.each([
    ['a post-paid account', packages()],
    ['packages that have ended', packages(item(10, 0, -10, -1))],
    ['a refusal', refused('UnauthorizedOperation')],
    ['numbers that are none', packages({ ...item(1, 0), PackageAmount: 'many' })],
    ['no answer', { kind: 'lost', reason: 'timeout', code: 'DEADLINE' } as const],
  ])('is not known from %s', async (_, given) => {
    expect(await account([given]).account.balance()).toBeUndefined();
  });
});

describe('a question for one message', () => {
  const message = {
    id: '018f0000-0000-7000-8000-000000000001',
    phone: '+8613800138000' as Phone,
    providerMessageId: '5000:1045710669157053657849499619',
    sentAt: new Date(1_772_990_060_500),
  };
  const report = {
    UserReceiveTime: 1_772_990_065,
    CountryCode: '86',
    SubscriberNumber: '13800138000',
    PhoneNumber: '+8613800138000',
    SerialNo: message.providerMessageId,
    ReportStatus: 'SUCCESS',
    Description: 'DELIVRD',
    SessionContext: '',
  };
  const pulled = (...entries: object[]) => answer({ PullSmsSendStatusSet: entries });
  const query = (given: object) => account([given]).account.query(message);

  it('asks for its number from a minute before it was sent', async () => {
    const { http, account: own } = account([pulled()]);
    expect(await own.query(message)).toBeUndefined();
    expect(http.calls[0]).toMatchObject({
      headers: { 'x-tc-action': 'PullSmsSendStatusByPhoneNumber' },
      body: '{"BeginTime":1772990000,"Offset":0,"Limit":100,"PhoneNumber":"+8613800138000","SmsSdkAppId":"1400006666"}',
    });
  });

  it('signs such a call as the official SDK does', () => {
    const body =
      '{"BeginTime":1772990000,"EndTime":1773000000,"Offset":0,"Limit":100,"PhoneNumber":"+8613800138000","SmsSdkAppId":"1400006666"}';
    const call = { ...TENCENT_SMS, ...ACCESS, contentType: 'application/json', body, timestamp: 1773000123 };
    expect(signTc3(call).signature).toBe('4a4d421d7f52c9bf1e68909a3034cce7e90e28812f9c68ea0e1448e1d930b506');
  });

  it('finds the message by the vendor’s number among others', async () => {
    const other = { ...report, SerialNo: '5000:7', ReportStatus: 'FAIL' };
    expect(await query(pulled(other, report))).toEqual({
      provider: 'tencent',
      providerMessageId: message.providerMessageId,
      messageId: message.id,
      phone: message.phone,
      status: 'delivered',
      vendorCode: 'DELIVRD',
      reportedAt: new Date(1_772_990_065_000),
    });
  });

  it('finds it by our own id when the answer to the call was lost', async () => {
    const { id } = message;
    const echo = { ...report, SerialNo: '5000:8', SessionContext: id };
    const { account: own } = account([pulled(report, echo)]);
    expect(await own.query({ ...message, providerMessageId: undefined })).toMatchObject({
      providerMessageId: '5000:8',
      messageId: id,
    });
  });

  it.each([
    [
      { ReportStatus: 'FAIL', Description: '-106' },
      { status: 'undelivered', vendorCode: '-106' },
    ],
    [{ ReportStatus: 'PENDING' }, { status: 'unknown' }],
    [{ Description: 'no user 13800138000' }, { vendorCode: 'no user ***' }],
  ])('reads %j', async (changes, expected) => {
    expect(await query(pulled({ ...report, ...changes }))).toMatchObject(expected);
  });

  it.each([
    ['nobody knows it', pulled({ ...report, SerialNo: '5000:9' })],
    ['numbers are missing', pulled({ ...report, SerialNo: '' })],
    ['there is no set', answer({})],
    ['it is refused', refused('RequestLimitExceeded')],
    ['nobody answers', { kind: 'lost', reason: 'cut', code: 'X' } as const],
  ])('says nothing when %s', async (_, given) => {
    expect(await query(given)).toBeUndefined();
  });
});

describe('a look at the account at Tencent', () => {
  it('passes', async () => {
    const { http, account: own } = account([PACKAGES, SIGNS, template()]);
    const checks = await own.checkup();
    expect(verdicts(checks)).toEqual([...GOOD, 'balance ok', 'signature ok', 'template ok']);
    expect(http.calls.slice(1).map(({ headers, body }) => [headers['x-tc-action'], body])).toEqual([
      ['DescribeSmsSignList', '{"International":0,"SignIdSet":[],"Limit":100,"Offset":0}'],
      ['DescribeSmsTemplateList', '{"International":0,"TemplateIdSet":[449739]}'],
    ]);
  });

  const stopped = ['reachability ok', 'clock ok'];
  it.each<[string, object | VendorReply, string[]]>([
    ['the secret id is not known', refused('AuthFailure.SecretIdNotFound'), [...stopped, 'credentials fail']],
    ['the secret key is wrong', refused('AuthFailure.SignatureFailure'), [...stopped, 'credentials fail']],
    ['the token is wrong', refused('AuthFailure.TokenFailure'), [...stopped, 'credentials fail']],
    ['the signature has expired', refused('AuthFailure.SignatureExpire'), ['reachability ok', 'clock fail']],
    [
      'this machine is not listed',
      refused('UnauthorizedOperation.RequestIpNotInWhitelist'),
      [...stopped, 'addresses fail'],
    ],
    ['the gateway is busy', refused('RequestLimitExceeded'), [...stopped, 'account warn']],
    ['nobody listens', { kind: 'unreached', code: 'ENOTFOUND' }, ['reachability fail']],
    ['a proxy answers', { kind: 'answer', status: 407 }, ['reachability fail']],
  ])('stops when %s', async (_, given, expected) => {
    const { http, account: own } = account([given]);
    const checks = await own.checkup();
    expect(verdicts(checks)).toEqual(expected);
    expect(http.calls).toHaveLength(1);
    for (const { verdict, remedy } of checks) expect(Boolean(remedy)).toBe(verdict !== 'ok');
  });

  it.each<[string, Answers, string[]]>([
    [
      'nothing is left',
      [packages(item(10, 10)), SIGNS, template()],
      ['balance fail', 'signature ok', 'template ok'],
    ],
    [
      'little is left',
      [packages(item(99, 0)), SIGNS, template()],
      ['balance warn', 'signature ok', 'template ok'],
    ],
    ['it is post-paid', [packages(), SIGNS, template()], ['balance ok', 'signature ok', 'template ok']],
    [
      'every package has ended',
      [packages(item(9, 0, -9, -1)), SIGNS, template()],
      ['balance warn', 'signature ok', 'template ok'],
    ],
    [
      'it is in arrears',
      [refused('UnauthorizedOperation.SerivceSuspendDueToArrears'), SIGNS, template()],
      ['balance fail', 'signature ok', 'template ok'],
    ],
    [
      'the application is wrong',
      [refused('UnauthorizedOperation.SmsSdkAppIdVerifyFail'), SIGNS, template()],
      ['application fail', 'signature ok', 'template ok'],
    ],
    [
      'it is an individual’s',
      [PACKAGES, refused('UnauthorizedOperation'), refused('UnauthorizedOperation')],
      ['balance ok', 'signature warn', 'template warn'],
    ],
    [
      'the questions are new',
      [PACKAGES, refused('InvalidParameter'), refused('UnknownParameter')],
      ['balance ok', 'signature warn', 'template warn'],
    ],
    [
      'the signature is another',
      [PACKAGES, signs(sign('别的', 0)), template()],
      ['balance ok', 'signature fail', 'template ok'],
    ],
    [
      'no signature is listed',
      [PACKAGES, signs(), template()],
      ['balance ok', 'signature warn', 'template ok'],
    ],
    [
      'the signature is under review',
      [PACKAGES, signs(sign('示例公司', 1)), template({ StatusCode: 2 })],
      ['balance ok', 'signature warn', 'template warn'],
    ],
    [
      'the signature was rejected',
      [PACKAGES, signs(sign('示例公司', -1)), template({ StatusCode: -1 })],
      ['balance ok', 'signature fail', 'template fail'],
    ],
    [
      'the signature was rejected once and then approved',
      [PACKAGES, signs(sign('示例公司', -1), sign('示例公司', 0)), template()],
      ['balance ok', 'signature ok', 'template ok'],
    ],
    [
      'the template has another number of places',
      [PACKAGES, SIGNS, template({ TemplateContent: '验证码{1}' })],
      ['balance ok', 'signature ok', 'template fail'],
    ],
    [
      'the template is another’s',
      [PACKAGES, SIGNS, template({ TemplateId: 7 })],
      ['balance ok', 'signature ok', 'template fail'],
    ],
  ])('tells when %s', async (_, answers, expected) => {
    const checks = await checkup(answers);
    expect(verdicts(checks)).toEqual([...GOOD, ...expected]);
    for (const { verdict, remedy } of checks) expect(Boolean(remedy)).toBe(verdict !== 'ok');
  });

  it('looks at every template, those for numbers abroad too', async () => {
    const templates = { '@en': { id: '7', params: ['code'] }, login: '8' };
    const abroad = template({ TemplateId: 7, International: 1, TemplateContent: '{1} is your code' });
    const { http, account: own } = account([PACKAGES, SIGNS, template(), abroad], { templates });
    const checks = await own.checkup();
    expect(checks.slice(5)).toMatchObject([
      { verdict: 'ok', detail: '449739 is approved' },
      { verdict: 'ok', detail: '7 is approved' },
      { verdict: 'fail', detail: '8 is not there' },
    ]);
    expect(http.calls.slice(2).map(({ body }) => body)).toEqual([
      '{"International":0,"TemplateIdSet":[449739,7,8]}',
      '{"International":1,"TemplateIdSet":[7,8]}',
    ]);
  });

  it.each([
    ['2 minutes behind', 2 * MINUTE, 'ok', 'agrees with the gateway’s'],
    ['3 minutes behind', 3 * MINUTE, 'warn', 'this machine is 3 min behind the gateway'],
    ['4 minutes ahead', -4 * MINUTE, 'warn', 'this machine is 4 min ahead of the gateway'],
    ['6 minutes ahead', -6 * MINUTE, 'fail', 'this machine is 6 min ahead of the gateway'],
  ])('compares the clocks: %s', async (_, skew, verdict, detail) => {
    expect(await checkup([PACKAGES, SIGNS, template()], { skew })).toContainEqual(
      expect.objectContaining({ subject: 'clock', verdict, detail }),
    );
  });

  it('says by how much the clock is off when the signature has expired', async () => {
    const checks = await checkup([refused('AuthFailure.SignatureExpire')], { skew: 7 * MINUTE });
    expect(checks.filter(({ subject }) => subject === 'clock')).toMatchObject([
      { verdict: 'fail', detail: 'this machine is 7 min behind the gateway' },
    ]);
  });

  it('repeats no secret, whatever the gateway says', async () => {
    const words = `${ACCESS.secretId} ${ACCESS.secretKey} +8613800138000`;
    const checks = await checkup([refused('AuthFailure.SignatureFailure', words)]);
    expect(JSON.stringify(checks)).toMatch(/SignatureFailure/);
    expect(JSON.stringify(checks)).not.toMatch(/AKID|exampleSecretKey|13800138000/);
  });
});
