import { createPublicKey } from 'node:crypto';
import { SIGNING_ALGORITHMS } from '../../tokens/key-set.interface';
import { generateKey, publicMembers, thumbprint } from './jwk';

describe('a thumbprint', () => {
  it('of an elliptic-curve key is what our conventions have', () => {
    const jwk = {
      crv: 'P-256',
      kty: 'EC',
      x: 'p2wkHYUugJ0Zohu1J0SjOrRg-As3glvHLxG9zF-C-yQ',
      y: 'iuR4KPv9D0d2z84Jkx9L5aF5AQlGDAO41wsCFz011Sw',
    };
    expect(thumbprint(jwk)).toBe('JG7oBP3lysHr7RWzLIMf7_AaVJ0ImQv7H3KnrarGrE0');
  });

  it('of an Ed25519 key is what RFC 8037 A.3 has', () => {
    const jwk = { crv: 'Ed25519', kty: 'OKP', x: '11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo' };
    expect(thumbprint(jwk)).toBe('kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k');
  });

  it('of an RSA key is what RFC 7638 3.1 has', () => {
    const n =
      '0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMs' +
      'tn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5ha' +
      'jrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw';
    expect(thumbprint({ kty: 'RSA', n, e: 'AQAB', alg: 'RS256', kid: '2011-04-29' })).toBe(
      'NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs',
    );
  });
});

const MEMBERS = { ES256: 'crv,kty,x,y', EdDSA: 'crv,kty,x', RS256: 'e,kty,n' };

it.each(SIGNING_ALGORITHMS)('a key for %s publishes nothing of its private half', async (alg) => {
  const { kid, publicJwk, privateKey } = await generateKey(alg);
  expect(Object.keys(publicJwk).sort().join()).toBe(MEMBERS[alg]);
  expect(thumbprint(publicJwk)).toBe(kid);
  const publicKey = createPublicKey({ key: publicJwk, format: 'jwk' });
  expect(publicMembers(publicKey)).toEqual(publicMembers(privateKey));
});
