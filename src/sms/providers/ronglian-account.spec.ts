import { RecordedVendorHttp, verdicts } from '../../../test/support/recorded-http';
import { RonglianAccount, type RonglianAccess } from './ronglian-account';
import type { VendorReply } from './vendor-exchange';

const NOW = Date.UTC(2026, 0, 1); // 08:00 in Beijing
const HOUR = 3_600_000;
const ACCESS: RonglianAccess = {
  accountSid: '8a216da80000000000000000example1',
  authToken: '0123456789abcdef0123456789abcdef',
  appId: '8a216da80000000000000000exampleA',
  templateId: '160057',
};
/** As https://doc.yuntongxun.com/p/5a533b4b3b8496dd00dce034 shows it. */
const INFO = {
  statusCode: '000000',
  Account: {
    dateCreated: '2012-07-05 13:20:32',
    friendlyName: 'shop@example.com',
    type: '1',
    status: '1',
    balance: '120.50',
    subBalance: '3.00',
  },
};
const TEMPLATE = {
  id: '160057',
  title: 't',
  content: '您的验证码是{1}，{2}分钟内有效',
  status: '1',
  type: '0',
};
const FOUND = { statusCode: '000000', totalCount: 1, TemplateSMS: [TEMPLATE] };

type Answers = readonly (object | VendorReply)[];
function account(
  answers: Answers,
  { skew = 0, ...changes }: Partial<RonglianAccess> & { skew?: number } = {},
) {
  const http = new RecordedVendorHttp(answers, NOW + skew);
  return { http, account: new RonglianAccount({ ...ACCESS, ...changes }, http, { now: () => NOW }) };
}
const checkup = (answers: Answers, changes = {}) => account(answers, changes).account.checkup();
const info = (changes: object) => ({ ...INFO, Account: { ...INFO.Account, ...changes } });
const template = (changes: object) => ({ ...FOUND, TemplateSMS: [{ ...TEMPLATE, ...changes }] });
const refused = (statusCode: string) => ({ statusCode, statusMsg: 'refused' });
const GOOD = ['reachability ok', 'clock ok', 'credentials ok'];

describe('the balance at Ronglian', () => {
  it('is asked for by a signed GET', async () => {
    const { http, account: own } = account([INFO]);
    expect(await own.balance()).toEqual({ left: 12_050, unit: 'minor-units' });
    // The vendor's SDKs give the same signature and header for this account and second.
    expect(http.calls).toEqual([
      {
        method: 'GET',
        url: new URL(
          'https://app.cloopen.com:8883/2013-12-26/Accounts/8a216da80000000000000000example1/AccountInfo?sig=88BB1EA2B35A83B64D6C6E56556A1579',
        ),
        headers: {
          authorization: 'OGEyMTZkYTgwMDAwMDAwMDAwMDAwMDAwZXhhbXBsZTE6MjAyNjAxMDEwODAwMDA=',
          accept: 'application/json',
          'content-type': 'application/json;charset=utf-8',
        },
        timeoutMs: 5_000,
      },
    ]);
  });

  it.each([
    [{ Balance: 7 }, 700],
    [{ balance: '0.29' }, 29],
    [{ balance: '-1.5' }, -150],
    [{ balance: 'much' }, undefined],
    [{ subBalance: '3.00' }, undefined],
  ])('reads %j', async (node, left) => {
    const answer = { statusCode: '000000', account: node };
    expect((await account([answer]).account.balance())?.left).toBe(left);
  });

  it('is not known when the account is refused', async () => {
    expect(await account([{ ...INFO, statusCode: '111109' }]).account.balance()).toBeUndefined();
  });
});

describe('a look at the account at Ronglian', () => {
  it('passes', async () => {
    const { http, account: own } = account([INFO, FOUND]);
    const checks = await own.checkup();
    expect(verdicts(checks)).toEqual([...GOOD, 'balance ok', 'template ok']);
    expect(checks[3].detail).toBe('120.50 yuan left');
    expect(http.calls[1]).toMatchObject({
      method: 'POST',
      body: '{"appId":"8a216da80000000000000000exampleA","templateId":"160057"}',
    });
  });

  it.each<[string, Answers, string[]]>([
    ['the token is wrong', [refused('111109')], ['reachability ok', 'clock ok', 'credentials fail']],
    ['the account is not known', [refused('111141')], ['reachability ok', 'clock ok', 'credentials fail']],
    ['the account is suspended', [refused('111139')], ['reachability ok', 'clock ok', 'credentials fail']],
    ['this machine is not listed', [refused('111115')], ['reachability ok', 'clock ok', 'addresses fail']],
    ['the timestamp has expired', [refused('111106')], ['reachability ok', 'clock fail']],
    ['the gateway is busy', [refused('111114')], ['reachability ok', 'clock ok', 'account warn']],
    ['the account is empty', [refused('111142'), FOUND], [...GOOD, 'balance fail', 'template ok']],
    ['nothing is left', [info({ balance: '0.00' }), FOUND], [...GOOD, 'balance fail', 'template ok']],
    ['little is left', [info({ balance: '9.99' }), FOUND], [...GOOD, 'balance warn', 'template ok']],
    [
      'it is a trial account',
      [info({ type: '0' }), FOUND],
      [...GOOD, 'account warn', 'balance ok', 'template ok'],
    ],
    ['nobody tells what is left', [{ statusCode: '000000' }, FOUND], [...GOOD, 'template ok']],
    ['the template waits', [INFO, template({ status: 0 })], [...GOOD, 'balance ok', 'template warn']],
    [
      'the template was rejected',
      [INFO, template({ status: '2' })],
      [...GOOD, 'balance ok', 'template fail'],
    ],
    ['the template was deleted', [INFO, template({ status: -1 })], [...GOOD, 'balance ok', 'template fail']],
    ['the status is new', [INFO, template({ status: 9 })], [...GOOD, 'balance ok', 'template warn']],
    [
      'it has one place only',
      [INFO, template({ content: '码{1}' })],
      [...GOOD, 'balance ok', 'template fail'],
    ],
    ['it is another template', [INFO, template({ id: '7' })], [...GOOD, 'balance ok', 'template fail']],
    ['there is no template', [INFO, { statusCode: '000000' }], [...GOOD, 'balance ok', 'template fail']],
    ['the application is wrong', [INFO, refused('111182')], [...GOOD, 'balance ok', 'application fail']],
    ['templates may not be asked', [INFO, refused('112999')], [...GOOD, 'balance ok', 'template warn']],
    [
      'the second call is cut',
      [INFO, { kind: 'lost', reason: 'cut', code: 'X' }],
      [...GOOD, 'balance ok', 'template fail'],
    ],
    ['nobody listens', [{ kind: 'unreached', code: 'ECONNREFUSED' }], ['reachability fail']],
  ])('tells when %s', async (_, answers, expected) => {
    const checks = await checkup(answers);
    expect(verdicts(checks)).toEqual(expected);
    for (const { verdict, remedy } of checks) expect(Boolean(remedy)).toBe(verdict !== 'ok');
  });

  it.each([
    ['59 minutes ahead', (-59 * HOUR) / 60, 'ok', 'agrees with the gateway’s'],
    ['61 minutes ahead', (-61 * HOUR) / 60, 'warn', 'this machine is 61 min ahead of the gateway'],
    ['2 hours behind', 2 * HOUR, 'warn', 'this machine is 120 min behind the gateway'],
    ['25 hours behind', 25 * HOUR, 'fail', 'this machine is 1500 min behind the gateway'],
  ])('compares the clocks: %s', async (_, skew, verdict, detail) => {
    expect(await checkup([INFO, FOUND], { skew })).toContainEqual(
      expect.objectContaining({ subject: 'clock', verdict, detail }),
    );
  });

  it('counts the values that are sent', async () => {
    const one = { templateParams: ['code'] };
    expect(verdicts(await checkup([INFO, FOUND], one))).toContain('template fail');
    expect(verdicts(await checkup([INFO, template({ content: '验证码{1}' })], one))).toContain('template ok');
  });

  it('looks at every template', async () => {
    const another = template({ id: '7', content: '{1}' });
    const templates = { login: { id: '7', params: ['code'] }, '@en': '8' };
    const { http, account: own } = account([INFO, FOUND, another, FOUND], { templates });
    expect(verdicts(await own.checkup()).slice(4)).toEqual(['template ok', 'template ok', 'template fail']);
    expect(http.calls.slice(1).map(({ body }) => JSON.parse(body!).templateId)).toEqual(['160057', '7', '8']);
  });

  it('knows the vendor’s trial template', async () => {
    const checks = await checkup([INFO, { statusCode: '000000', TemplateSMS: [] }], { templateId: '1' });
    expect(verdicts(checks)).toContain('template warn');
  });

  it('repeats no secret, whatever the gateway says', async () => {
    const words = `${ACCESS.authToken} of ${ACCESS.accountSid} at 13800138000`;
    const checks = await checkup([{ statusCode: '111109', statusMsg: words }]);
    expect(JSON.stringify(checks)).toMatch(/111109/);
    expect(JSON.stringify(checks)).not.toMatch(/0123456789abcdef|8a216da8|13800138000/);
  });
});
