import { generateEs256Key, thumbprint } from './jwk';

it('computes the thumbprint of RFC 7638 for elliptic-curve keys', () => {
  const jwk = {
    crv: 'P-256',
    kty: 'EC',
    x: 'p2wkHYUugJ0Zohu1J0SjOrRg-As3glvHLxG9zF-C-yQ',
    y: 'iuR4KPv9D0d2z84Jkx9L5aF5AQlGDAO41wsCFz011Sw',
  } as const;
  expect(thumbprint(jwk)).toBe('JG7oBP3lysHr7RWzLIMf7_AaVJ0ImQv7H3KnrarGrE0');
});

it('publishes nothing of the private half', () => {
  expect(Object.keys(generateEs256Key().publicJwk).sort()).toEqual(['crv', 'kty', 'x', 'y']);
});
