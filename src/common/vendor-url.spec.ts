import { vendorUrl } from './vendor-url';

describe('vendorUrl', () => {
  it.each([
    ['https://sms.example.com', 'https://sms.example.com/v1/send.json'],
    ['https://sms.example.com:8883/', 'https://sms.example.com:8883/v1/send.json'],
    ['http://127.0.0.1:4101', 'http://127.0.0.1:4101/v1/send.json'],
    ['http://localhost:4101', 'http://localhost:4101/v1/send.json'],
    ['http://[::1]:4101', 'http://[::1]:4101/v1/send.json'],
  ])('%s', (base, url) => {
    expect(vendorUrl(base, '/v1/send.json').href).toBe(url);
  });

  it.each([
    'http://sms.example.com',
    'http://127.0.0.1.example.com',
    'ftp://127.0.0.1',
    'https://sms.example.com/v1',
    'https://user:password@sms.example.com',
    'https://sms.example.com/?key=1',
    'sms.example.com',
  ])('refuses %s', (base) => {
    expect(() => vendorUrl(base, '/')).toThrow();
  });
});
