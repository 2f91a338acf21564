import { connect } from 'node:net';
import { once } from 'node:events';
import { isStoreUnavailable } from './problem-stores';

const withCode = (code: string, message = 'no') => Object.assign(new Error(message), { code });

describe('isStoreUnavailable', () => {
  it.each<[string, unknown]>([
    ['a refused connection', withCode('ECONNREFUSED')],
    ['a PostgreSQL that shuts down', withCode('57P01')],
    ['a PostgreSQL with too many clients', withCode('53300')],
    ['a lost connection', withCode('08006')],
    ['a statement time-out', withCode('57014')],
    ['a cut connection of pg', new Error('Connection terminated unexpectedly')],
    ['a pool without a connection', new Error('timeout exceeded when trying to connect')],
    ['a query without an answer', new Error('Query read timeout')],
    ['what TypeORM wraps', Object.assign(new Error('QueryFailed'), { driverError: withCode('57P03') })],
    ['what somebody wraps', new Error('outer', { cause: withCode('ETIMEDOUT') })],
    ['happy eyeballs', new AggregateError([withCode('ECONNREFUSED')])],
    [
      'ioredis without a connection',
      new Error("Stream isn't writeable and enableOfflineQueue options is false"),
    ],
    ['ioredis without an answer', new Error('Command timed out')],
    ['a Redis that starts', new Error('LOADING Redis is loading the dataset in memory')],
    ['a Redis that was demoted', new Error("READONLY You can't write against a read only replica.")],
    ['a cluster without a master', new Error('CLUSTERDOWN Hash slot not served')],
  ])('%s', (_, error) => {
    expect(isStoreUnavailable(error)).toBe(true);
  });

  it.each<[string, unknown]>([
    ['a unique violation', withCode('23505')],
    ['a syntax error', withCode('42601')],
    ['a fault of ours', new TypeError("Cannot read properties of undefined (reading 'x')")],
    ['a wrong type in Redis', new Error('WRONGTYPE Operation against a key holding the wrong kind of value')],
    ['no error at all', 'ECONNREFUSED'],
    ['nothing', undefined],
  ])('not %s', (_, error) => {
    expect(isStoreUnavailable(error)).toBe(false);
  });

  it('knows the errors of Node itself', async () => {
    const [error] = (await once(connect(1, '127.0.0.1'), 'error').catch((thrown: unknown) => [thrown])) as [
      unknown,
    ];
    expect(isStoreUnavailable(error)).toBe(true);
  });

  it('does not run in circles', () => {
    const error = new Error('no');
    error.cause = Object.assign(new Error('inner'), { cause: error });
    expect(isStoreUnavailable(error)).toBe(false);
  });
});
