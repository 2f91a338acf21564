import { contentFaults, type ContentSetup } from './content-faults';

const faultsOf = (changes: Partial<ContentSetup>) =>
  contentFaults({
    purposes: ['login', 'register'],
    locales: ['zh', 'en'],
    values: ['code', 'minutes'],
    codeLength: 6,
    ...changes,
  }).map(({ provider, option, remedy }) => `${provider} ${option}: ${remedy}`);

describe('contentFaults', () => {
  it('finds nothing where nothing is set', () => {
    expect(faultsOf({})).toEqual([]);
    expect(faultsOf({ tencent: {}, ronglian: {}, luosimao: { signature: '示例公司' } })).toEqual([]);
  });

  it('finds nothing where all is well', () => {
    const templates = { login: '1', 'login@en': '2', '@en': '3', register: { id: '4', params: ['code'] } };
    const texts = { 'login@zh': '码{code}，{minutes}分钟', register: '{code}' };
    expect(
      faultsOf({
        tencent: { templates, templateParams: ['minutes', 'code'] },
        ronglian: { templates },
        luosimao: { signature: '【示例公司】', texts },
      }),
    ).toEqual([]);
  });

  it.each(['tencent', 'ronglian'] as const)('names what is wrong with the templates of %s', (provider) => {
    const templates = { logon: '1', '@fr': '2', login: { id: '3', params: ['code', 'name'] } };
    expect(faultsOf({ [provider]: { templates, templateParams: ['minutes'] } })).toEqual([
      `${provider} templates: names the purpose "logon"; there are login, register`,
      `${provider} templates: names the language "fr"; there are zh, en`,
      `${provider} templateParams: must name code, or nobody gets one`,
      `${provider} templates: "login" names name; a message carries code, minutes`,
    ]);
  });

  it.each([
    [6, []],
    [7, ['tencent codeLength: is too long: tencent takes codes of at most 6 digits']],
    [8, ['tencent codeLength: is too long: tencent takes codes of at most 6 digits']],
    [
      9,
      [
        'tencent codeLength: is too long: tencent takes codes of at most 6 digits',
        'ronglian codeLength: is too long: ronglian takes codes of at most 8 digits',
      ],
    ],
  ])('knows which gateways take a code of %i digits', (codeLength, faults) => {
    const gateways = { tencent: {}, ronglian: {}, luosimao: { signature: '示例公司' } };
    expect(faultsOf({ codeLength, ...gateways })).toEqual(faults);
  });

  it.each([
    ['lacks the code', '您好', 'must show {code}'],
    ['wants another value', '{code}{name}', 'shows a value that no message carries'],
    ['has a second code', '{code} 400123', 'has other digits as long as the code'],
    ['is too long', `{code}${'字'.repeat(289)}`, 'is longer than 300 characters with the signature'],
  ])('names a text that %s', (_, text, fault) => {
    const [told, ...more] = faultsOf({ luosimao: { signature: '示例公司', texts: { 'login@en': text } } });
    expect(told).toContain(`luosimao texts: "login@en" ${fault}`);
    expect(more).toEqual([]);
  });

  it('counts the longest values a text can get', () => {
    const fits = `{code}${'字'.repeat(300 - 6 - 6)}`;
    expect(faultsOf({ luosimao: { signature: '示例公司', texts: { login: fits } } })).toEqual([]);
    expect(
      faultsOf({ codeLength: 7, luosimao: { signature: '示例公司', texts: { login: fits } } }),
    ).toHaveLength(1);
  });

  it('names a signature that looks like a code, once', () => {
    const texts = { login: '{code}', register: '{code}' };
    const faults = faultsOf({ luosimao: { signature: '公司654321', texts } });
    expect(faults).toEqual([
      expect.stringContaining('luosimao signature: has as many digits in a row as a code'),
    ]);
    expect(faultsOf({ codeLength: 8, luosimao: { signature: '公司654321', texts } })).toEqual([]);
  });

  it('takes a notice for what it is: a text without a code, a template without places', () => {
    const notices = ['notice_gone'];
    const setup = (text: string, params: string[]) => ({
      notices,
      tencent: { templates: { notice_gone: { id: '1', params }, 'notice_gone@en': '2' } },
      luosimao: { signature: '示例公司', texts: { 'notice_gone@zh': text } },
    });
    expect(faultsOf(setup('您的账号已注销', []))).toEqual([]);
    expect(faultsOf(setup('您的账号已注销{code}', ['code']))).toEqual([
      'tencent templates: "notice_gone" names values, and a notice carries none',
      'luosimao texts: "notice_gone@zh" shows a value, and a notice carries none',
    ]);
    const [unknown] = faultsOf({ notices, tencent: { templates: { notice_come: '1' } } });
    expect(unknown).toContain('there are login, register, notice_gone');
  });

  it('names a text for a purpose or a language there is none of', () => {
    expect(
      faultsOf({ luosimao: { signature: 'x', texts: { logon: '{code}', 'login@fr': '{code}' } } }),
    ).toEqual([
      'luosimao texts: names the purpose "logon"; there are login, register',
      'luosimao texts: names the language "fr"; there are zh, en',
    ]);
  });
});
