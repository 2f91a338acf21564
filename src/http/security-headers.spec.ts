import { securityHeaders } from './security-headers';

const named = (production: boolean) =>
  new Map(securityHeaders(production).map(([name, value]) => [name.toLowerCase(), value]));

describe('the security headers', () => {
  it('are those of helmet', () => {
    expect(named(false)).toEqual(
      new Map([
        [
          'content-security-policy',
          "default-src 'self';base-uri 'none';form-action 'none';frame-ancestors 'none';object-src 'none';" +
            "img-src 'self' data:;style-src 'self' 'unsafe-inline'",
        ],
        ['cross-origin-opener-policy', 'same-origin'],
        ['cross-origin-resource-policy', 'cross-origin'],
        ['origin-agent-cluster', '?1'],
        ['referrer-policy', 'no-referrer'],
        ['x-content-type-options', 'nosniff'],
        ['x-dns-prefetch-control', 'off'],
        ['x-download-options', 'noopen'],
        ['x-frame-options', 'SAMEORIGIN'],
        ['x-permitted-cross-domain-policies', 'none'],
        ['x-xss-protection', '0'],
      ]),
    );
  });

  it('keep browsers on HTTPS in production', () => {
    expect(named(true).get('strict-transport-security')).toBe('max-age=31536000; includeSubDomains');
    expect(named(true).size).toBe(named(false).size + 1);
  });
});
