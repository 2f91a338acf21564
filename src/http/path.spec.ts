import { isDecodable, pathOf } from './path';

describe('the path of a request', () => {
  it.each([
    ['/v1/users?x=1', '/v1/users'],
    ['/v1/users', '/v1/users'],
    ['/v1/%70?', '/v1/%70'],
    ['http://localhost:3000/v1/users?x=/y', '/v1/users'],
    ['HTTPS://localhost', '/'],
    ['http://localhost?x', '/'],
    ['*', '*'],
  ])('of %s is %s', (url, path) => {
    expect(pathOf({ url })).toBe(path);
  });

  it('is decodable when every escape is a character', () => {
    expect(['/v1/users', '/%E6%9E%97', '/%2F', '/%00'].every(isDecodable)).toBe(true);
    expect(['/%', '/%zz', '/%E6%9E', '/%E0%A4%A'].some(isDecodable)).toBe(false);
  });
});
