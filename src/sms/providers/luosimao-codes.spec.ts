import { classifyLuosimao } from './luosimao-codes';

describe('classifyLuosimao', () => {
  it.each([
    ['-10', 'G', 'credentials rejected'],
    ['-11', 'G', 'API disabled'],
    ['-12', 'B', 'balance frozen'],
    ['-20', 'B', 'no messages left'],
    ['-30', 'P', 'empty message'],
    ['-31', 'T', 'sensitive word'],
    ['-32', 'G', 'no signature'],
    ['-33', 'T', 'too long'],
    ['-34', 'G', 'signature not usable'],
    ['-35', 'G', 'trial signature restricted'],
    ['-40', 'C', 'bad number'],
    ['-41', 'K', 'blacklisted number'],
    ['-42', 'L', 'too frequent'],
    ['-50', 'G', 'address not in the whitelist'],
    ['-99', 'G', 'unknown'],
    ['7', 'G', 'unknown'],
  ])('%s is %s: %s', (code, codeClass) => {
    expect(classifyLuosimao(code)).toBe(codeClass);
  });
});
