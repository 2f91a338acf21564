import { fastifyRoute, isFallback } from './fastify-routes';

const matches = (url: string, path: string) => fastifyRoute(url, ['GET']).matches(path);

describe('a route of Fastify', () => {
  it.each([
    ['/v1/users/:id', '/v1/users/1', true],
    ['/v1/users/:id', '/V1/Users/1/', true],
    ['/v1/users/:id', '/v1/users/a%2Fb', true],
    ['/v1/users/:id', '/v1/users/', false],
    ['/v1/users/:id', '/v1/users/1/2', false],
    ['/v1/users/:id/posts', '/v1/users/1/posts', true],
    ['/v1/users', '/v1/users//', false],
    ['/v1/users', '/v1/%75sers', false],
    ['/.well-known/jwks.json', '/.well-known/jwks.json', true],
    ['/.well-known/jwks.json', '/xwell-known/jwksxjson', false],
    ['/docs/*', '/docs/a/b', true],
    ['/', '/', true],
  ])('%s matches %s: %s', (url, path, does) => {
    expect(matches(url, path)).toBe(does);
  });

  it('for many paths or every method allows no method in particular', () => {
    expect(isFallback('/docs/*', ['GET'])).toBe(true);
    expect(isFallback('/v1', ['GET', 'TRACE'])).toBe(true);
    expect(isFallback('/v1/users/:id', ['GET'])).toBe(false);
  });
});
