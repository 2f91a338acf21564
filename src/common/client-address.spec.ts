import fc from 'fast-check';
import { addressBucket, addressPrefix, clientAddress } from './client-address';

describe('clientAddress', () => {
  it.each([
    ['nobody is trusted', '203.0.113.9', '1.1.1.1', 0, '203.0.113.9'],
    ['no proxy spoke', '203.0.113.9', undefined, 1, '203.0.113.9'],
    ['one hop: the last value', '10.0.0.1', '1.1.1.1, 2.2.2.2', 1, '2.2.2.2'],
    ['two hops: the last but one', '10.0.0.1', '6.6.6.6, 1.1.1.1, 2.2.2.2', 2, '1.1.1.1'],
    ['more hops than values', '10.0.0.1', '1.1.1.1', 3, '1.1.1.1'],
    ['several headers', '10.0.0.1', ['6.6.6.6', '1.1.1.1'], 1, '1.1.1.1'],
    ['a trusted network', '10.0.0.1', '6.6.6.6, 1.1.1.1, 10.0.0.2', ['10.0.0.0/8'], '1.1.1.1'],
    ['a trusted address in IPv6 clothes', '::ffff:10.0.0.1', '1.1.1.1', ['10.0.0.1'], '1.1.1.1'],
    ['a trusted IPv6 network', 'fd00::1', '2001:db8::7', ['fd00::/8'], '2001:db8::7'],
    ['a stranger who forwards', '203.0.113.9', '1.1.1.1', ['10.0.0.0/8'], '203.0.113.9'],
    ['garbage is not believed', '10.0.0.1', '1.1.1.1, <script>', 2, '10.0.0.1'],
    ['a port is dropped', '10.0.0.1', '1.1.1.1:5555', 1, '1.1.1.1'],
    ['brackets and port are dropped', '10.0.0.1', '[2001:db8::7]:80', 1, '2001:db8::7'],
    ['no socket', undefined, undefined, 0, ''],
  ])('%s', (_, socket, forwarded, trusted, expected) => {
    expect(clientAddress(socket, forwarded, trusted)).toBe(expected);
  });

  it('refuses a proxy list that holds something else', () => {
    expect(() => clientAddress('1.1.1.1', '', ['proxy.local'])).toThrow(
      'Not an address or CIDR: proxy.local',
    );
  });
});

describe('addressBucket and addressPrefix', () => {
  it.each([
    ['203.0.113.9', '203.0.113.9', '203.0.113.0/24'],
    ['::ffff:203.0.113.9', '203.0.113.9', '203.0.113.0/24'],
    ['::ffff:cb00:7109', '203.0.113.9', '203.0.113.0/24'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64', '2001:db8:1::/48'],
    ['2001:0DB8:0001:0002::9', '2001:db8:1:2::/64', '2001:db8:1::/48'],
    ['2001:db8::1', '2001:db8::/64', '2001:db8::/48'],
    ['fe80::1%eth0', 'fe80::/64', 'fe80::/48'],
    ['::1', '::/64', '::/48'],
    ['', 'unknown', 'unknown'],
    ['not an address', 'unknown', 'unknown'],
  ])('%s', (address, bucket, prefix) => {
    expect(addressBucket(address)).toBe(bucket);
    expect(addressPrefix(address)).toBe(prefix);
    expect(addressPrefix(bucket)).toBe(prefix);
  });

  it('puts every address of a /64 into one bucket', () => {
    const host = fc.array(fc.integer({ min: 0, max: 0xffff }), { minLength: 4, maxLength: 4 });
    fc.assert(
      fc.property(host, (groups) => {
        const address = `2001:db8:7:8:${groups.map((group) => group.toString(16)).join(':')}`;
        expect(addressBucket(address)).toBe('2001:db8:7:8::/64');
      }),
    );
  });

  it('never throws', () => {
    fc.assert(fc.property(fc.oneof(fc.string(), fc.ipV4(), fc.ipV6()), (text) => addressBucket(text) !== ''));
  });
});
