import { trustOf } from '../common/client-address';
import { type CallersRequest, requestCaller } from './request-caller';

const socket = (remoteAddress: string) => ({ remoteAddress }) as CallersRequest['socket'];
const nobody = trustOf(0);
const nameOf = (request: CallersRequest, trust = nobody) => requestCaller(request, trust).name;

describe('the caller of a request', () => {
  it('is the user, with every token and from every address', () => {
    const user = { userId: 'u1' };
    const one = { user, headers: { authorization: 'Bearer a' }, clientAddress: '203.0.113.7' };
    const other = { user, headers: { authorization: 'Bearer b' }, clientAddress: '203.0.113.8' };
    expect(requestCaller(one, nobody)).toEqual(requestCaller(other, nobody));
    expect(nameOf(one)).not.toBe(nameOf({ ...one, user: { userId: 'u2' } }));
  });

  it.each<[string, CallersRequest, CallersRequest]>([
    ['address', { headers: {}, clientAddress: '203.0.113.7' }, { headers: {}, clientAddress: '203.0.113.8' }],
    [
      'credential',
      { headers: { authorization: 'Basic a' }, clientAddress: '203.0.113.7' },
      { headers: { authorization: 'Basic b' }, clientAddress: '203.0.113.7' },
    ],
  ])('is told from another without a user by %s', (_, one, other) => {
    expect(nameOf(one)).not.toBe(nameOf(other));
  });

  it('is the holder of a credential that a guard has verified, from every address', () => {
    const holder = { credentialHolder: 'registration 1', headers: {} };
    const elsewhere = { ...holder, clientAddress: '203.0.113.8' };
    expect(requestCaller(holder, nobody)).toEqual(requestCaller(elsewhere, nobody));
    expect(nameOf(holder)).not.toBe(nameOf({ ...holder, credentialHolder: 'registration 2' }));
    expect(nameOf({ user: { userId: '1' }, headers: {} })).not.toBe(
      nameOf({ credentialHolder: '1', headers: {} }),
    );
  });

  it('shares with all that comes from its address, whatever it carries', () => {
    const from = (authorization: string) =>
      requestCaller({ headers: { authorization }, clientAddress: '203.0.113.7' }, nobody).group;
    expect(from('Bearer a')).toBe(from('Bearer b'));
  });

  it.each<[string, CallersRequest]>([
    ['the limiter has found', { headers: {}, clientAddress: '203.0.113.7' }],
    [
      'stands on the request of Node',
      { headers: {}, raw: { clientAddress: '203.0.113.7' } as CallersRequest['raw'] },
    ],
    ['the socket has', { headers: {}, socket: socket('::ffff:203.0.113.7') }],
    [
      'the socket of Node has',
      { headers: {}, raw: { socket: socket('203.0.113.7') } as CallersRequest['raw'] },
    ],
  ])('has the address that %s', (_, request) => {
    expect(requestCaller(request, nobody).group).toBe('address 203.0.113.7');
  });

  it('has the address that a trusted proxy names, and no other', () => {
    const request = { headers: { 'x-forwarded-for': '198.51.100.1' }, socket: socket('203.0.113.7') };
    expect(requestCaller(request, trustOf(1)).group).toBe('address 198.51.100.1');
    expect(requestCaller(request, nobody).group).toBe('address 203.0.113.7');
  });
});
