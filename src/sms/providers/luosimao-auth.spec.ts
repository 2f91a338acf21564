import { luosimaoAuthorization } from './luosimao-auth';

describe('luosimaoAuthorization', () => {
  it.each([
    [
      'a bare key',
      'aaaabbbbccccddddeeeeffff00001111',
      'Basic YXBpOmtleS1hYWFhYmJiYmNjY2NkZGRkZWVlZWZmZmYwMDAwMTExMQ==',
    ],
    [
      'a key with its prefix',
      'key-aaaabbbbccccddddeeeeffff00001111',
      'Basic YXBpOmtleS1hYWFhYmJiYmNjY2NkZGRkZWVlZWZmZmYwMDAwMTExMQ==',
    ],
    [
      'another key',
      '0123456789abcdef0123456789abcdef',
      'Basic YXBpOmtleS0wMTIzNDU2Nzg5YWJjZGVmMDEyMzQ1Njc4OWFiY2RlZg==',
    ],
  ])('%s', (_, apiKey, header) => {
    expect(luosimaoAuthorization(apiKey)).toBe(header);
  });
});
