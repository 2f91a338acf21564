import { OauthClients, readCredentials } from './oauth-clients';
import type { AuthModuleOptions } from '../auth.options';

const basic = (text: string) => `Basic ${Buffer.from(text).toString('base64')}`;

describe('credentials of a client', () => {
  it('are read from HTTP Basic; a secret may hold colons', () => {
    expect(readCredentials(basic('shop:a:b'), undefined)).toContainEqual({ id: 'shop', secret: 'a:b' });
  });

  it('are read as they are, and as RFC 6749 wants them encoded', () => {
    expect(readCredentials(basic('shop:a%2Bb+c'), undefined)).toEqual([
      { id: 'shop', secret: 'a%2Bb+c' },
      { id: 'shop', secret: 'a+b c' },
    ]);
    expect(readCredentials(basic('shop:100%'), undefined)).toEqual([{ id: 'shop', secret: '100%' }]);
  });

  it('are read from the form where there is no header', () => {
    const form = { client_id: 'shop', client_secret: 'secret' };
    expect(readCredentials(undefined, form)).toEqual([{ id: 'shop', secret: 'secret' }]);
    expect(readCredentials('Bearer x', form)).toEqual([]);
  });

  it.each([
    ['nothing', undefined, undefined],
    ['another scheme', 'Bearer eyJhbGciOi', {}],
    ['no base64', 'Basic ***', {}],
    ['no colon', basic('shop'), {}],
    ['lists', undefined, { client_id: ['a', 'b'], client_secret: 'c' }],
    ['half of it', undefined, { client_id: 'shop' }],
  ])('are none in %s', (_, authorization, form) => {
    expect(readCredentials(authorization, form)).toEqual([]);
  });
});

describe('a client', () => {
  const clientsOf = (oauthClients?: AuthModuleOptions['oauthClients']) =>
    new OauthClients({ oauthClients } as AuthModuleOptions);
  const clients = clientsOf([
    { id: 'shop', secret: 'one' },
    { id: 'bank', secret: 'two' },
  ]);

  it('is known by its own secret', () => {
    expect(clients.areGood({ id: 'shop', secret: 'one' })).toBe(true);
    expect(clients.areGood({ id: 'bank', secret: 'two' })).toBe(true);
  });

  it.each([
    ['shop', 'two'],
    ['shop', ''],
    ['shop', 'one '],
    ['', 'one'],
    ['__proto__', 'one'],
  ])('is not %s with "%s"', (id, secret) => {
    expect(clients.areGood({ id, secret })).toBe(false);
  });

  it('is nobody where none is configured', () => {
    expect(clientsOf().areGood({ id: '', secret: '' })).toBe(false);
  });
});
