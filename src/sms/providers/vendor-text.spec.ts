import { safeId, safeText } from './vendor-text';

describe('safeText', () => {
  it.each([
    ['a number', 'number +8613800138000 refused', 'number +*** refused'],
    ['a number with separators', '138 0013-8000', '***'],
    ['a code', '验证码438217', '验证码***'],
    ['full-width digits', '４３８２１７', '***'],
    ['a key', 'key 0a1b2c3d4e5f60718293a4b5 is wrong', 'key *** is wrong'],
    ['line breaks', 'a\r\nb\u202E', 'a b'],
  ])('masks %s', (_, text, safe) => {
    expect(safeText(text)).toBe(safe);
  });

  it('masks what it is told to hide', () => {
    expect(safeText('bad secret exampleSecret', ['exampleSecret', '5'])).toBe('bad secret ***');
  });

  it('keeps names of parameters', () => {
    expect(safeText('TemplateParamSetNotMatchApprovedTemplate')).toBe(
      'TemplateParamSetNotMatchApprovedTemplate',
    );
  });

  it.each([[undefined], [7], [''], [' ']])('has nothing to say about %p', (text) => {
    expect(safeText(text)).toBeUndefined();
  });

  it('keeps it short', () => {
    expect(safeText('字'.repeat(500))).toHaveLength(200);
  });
});

describe('safeId', () => {
  it.each([
    ['5000:1045710669157053657849499619', '5000:1045710669157053657849499619'],
    [12345, '12345'],
    ['', undefined],
    ['<script>', undefined],
    [{}, undefined],
  ])('%p', (id, safe) => {
    expect(safeId(id)).toBe(safe);
  });
});
