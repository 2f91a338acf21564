import { RecordedVendorHttp, verdicts } from '../../../test/support/recorded-http';
import { LuosimaoAccount, type LuosimaoAccess } from './luosimao-account';
import type { VendorReply } from './vendor-exchange';

const apiKey = 'aaaabbbbccccddddeeeeffff00001111';
const voiceApiKey = '0123456789abcdef0123456789abcdef';

function account(answers: readonly (object | VendorReply)[], changes: Partial<LuosimaoAccess> = {}) {
  const http = new RecordedVendorHttp(answers);
  return { http, account: new LuosimaoAccount({ apiKey, ...changes }, http) };
}
const checkup = (...answers: (object | VendorReply)[]) => account(answers).account.checkup();

describe('the balance at Luosimao', () => {
  it('is asked for with the key, and without a body', async () => {
    const { http, account: own } = account([{ error: 0, deposit: '71430' }]);
    expect(await own.balance()).toEqual({ left: 71_430, unit: 'messages' });
    expect(http.calls).toEqual([
      {
        method: 'GET',
        url: new URL('https://sms-api.luosimao.com/v1/status.json'),
        headers: {
          authorization: 'Basic YXBpOmtleS1hYWFhYmJiYmNjY2NkZGRkZWVlZWZmZmYwMDAwMTExMQ==',
          accept: 'application/json',
        },
        timeoutMs: 5_000,
      },
    ]);
  });

  it.each([
    [{ error: 0, deposit: 71_430 }, 71_430],
    [{ error: '0', deposit: ' 0 ' }, 0],
    [{ error: -20, msg: 'NO_MONEY' }, 0],
    [{ error: 0 }, undefined],
    [{ error: 0, deposit: 'many' }, undefined],
    [{ error: 0, deposit: null }, undefined],
    [{ error: -10, deposit: '71430' }, undefined],
    [{ deposit: '71430' }, undefined],
    [{ kind: 'unreached', code: 'ECONNREFUSED' } as const, undefined],
  ])('reads %j', async (answer, left) => {
    expect((await account([answer]).account.balance())?.left).toBe(left);
  });
});

describe('a look at the account at Luosimao', () => {
  it('passes', async () => {
    expect(await checkup({ error: 0, deposit: '71430' })).toEqual([
      { subject: 'reachability', verdict: 'ok', detail: 'sms-api.luosimao.com answers' },
      { subject: 'credentials', verdict: 'ok', detail: 'the API key is accepted' },
      { subject: 'balance', verdict: 'ok', detail: '71430 messages left' },
    ]);
  });

  it.each<[string, object | VendorReply, string[]]>([
    ['the key is rejected', { error: -10, msg: 'AUTH_FAIL' }, ['reachability ok', 'credentials fail']],
    ['the API is off', { error: '-11' }, ['reachability ok', 'credentials fail']],
    ['this machine is not on the list', { error: -50 }, ['reachability ok', 'addresses fail']],
    ['the balance is frozen', { error: -12 }, ['reachability ok', 'credentials ok', 'balance fail']],
    ['no message is left', { error: 0, deposit: 0 }, ['reachability ok', 'credentials ok', 'balance fail']],
    ['99 are left', { error: 0, deposit: 99 }, ['reachability ok', 'credentials ok', 'balance warn']],
    ['100 are left', { error: 0, deposit: 100 }, ['reachability ok', 'credentials ok', 'balance ok']],
    ['it does not say what is left', { error: 0 }, ['reachability ok', 'credentials ok']],
    ['a code is new', { error: -77 }, ['reachability ok', 'account warn']],
    ['the answer is none', { err: 0 }, ['reachability ok', 'account warn']],
    ['nobody listens', { kind: 'unreached', code: 'ECONNREFUSED' }, ['reachability fail']],
    ['nobody answers', { kind: 'lost', reason: 'timeout', code: 'DEADLINE' }, ['reachability fail']],
    ['a proxy answers', { kind: 'answer', status: 502 }, ['reachability fail']],
    ['a web page answers', { kind: 'answer', status: 200, text: '<html>' }, ['reachability fail']],
    [
      'the key has a full-width letter',
      { kind: 'unreached', code: 'UND_ERR_INVALID_ARG' },
      ['credentials fail'],
    ],
  ])('tells when %s', async (_, answer, expected) => {
    const checks = await checkup(answer);
    expect(verdicts(checks)).toEqual(expected);
    for (const { verdict, remedy } of checks) expect(Boolean(remedy)).toBe(verdict !== 'ok');
  });

  it('looks at the voice product with its own key, at its own gateway', async () => {
    const { http, account: own } = account([{ error: 0, deposit: 500 }, { error: -10 }], { voiceApiKey });
    expect(verdicts(await own.checkup())).toEqual([
      'reachability ok',
      'credentials ok',
      'balance ok',
      'voice reachability ok',
      'voice credentials fail',
    ]);
    expect(http.calls[1]).toMatchObject({
      url: new URL('https://voice-api.luosimao.com/v1/status.json'),
      headers: { authorization: 'Basic YXBpOmtleS0wMTIzNDU2Nzg5YWJjZGVmMDEyMzQ1Njc4OWFiY2RlZg==' },
    });
  });

  it('repeats no key, whatever the gateway says', async () => {
    const checks = await checkup({ error: -10, msg: `bad key key-${apiKey}, ask 13800138000` });
    expect(JSON.stringify(checks)).not.toMatch(/aaaabbbb|13800138000/);
  });
});
