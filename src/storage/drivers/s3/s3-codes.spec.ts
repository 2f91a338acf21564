import { inspect } from 'node:util';
import { StorageError } from '../../storage.error';
import { CODE_ROWS, judgeAnswer, STATUS_ROWS } from './s3-codes';
import { storageErrorOf } from './s3-error';

/** As the SDK throws it. */
function answer(name: string, httpStatusCode?: number, more: object = {}): Error {
  const $metadata = { httpStatusCode, requestId: 'tx-1', attempts: 2 };
  return Object.assign(new Error('of the store'), { name, $metadata, ...more });
}

const codes = CODE_ROWS.flatMap(([words, fault]) => words.split(' ').map((code) => ({ code, fault })));
const statuses = STATUS_ROWS.flatMap(([words, fault]) =>
  words.split(' ').map((status) => ({ status, fault })),
);

describe('what S3 answers, in the words of all stores', () => {
  it.each(codes)('$code: $fault, whatever the status', ({ code, fault }) => {
    for (const status of [undefined, 200, 400, 403, 404, 500, 503])
      expect(storageErrorOf('put', answer(code, status))).toMatchObject({ fault, code, attempts: 2 });
  });

  it.each(statuses)('$status without a known code: $fault', ({ status, fault }) => {
    expect(storageErrorOf('put', answer('Unheard', Number(status)))).toMatchObject({ fault });
  });

  it.each([
    [400, 'misconfigured'],
    [418, 'misconfigured'],
    [500, 'unavailable'],
    [502, 'unavailable'],
    [599, 'unavailable'],
    [200, 'unavailable'],
  ])('%d without a known code and in no row: %s', (status, fault) => {
    expect(judgeAnswer('Unheard', status)).toBe(fault);
  });

  it('has no code in two rows', () => {
    const all = [...codes.map(({ code }) => code), ...statuses.map(({ status }) => status)];
    expect(all.length).toBe(new Set(all).size);
  });

  it("reads the code of Node's own errors, which all have one name", () => {
    const error = Object.assign(new Error('connect'), { code: 'ECONNREFUSED' });
    expect(storageErrorOf('stat', error)).toMatchObject({ fault: 'unavailable', code: 'ECONNREFUSED' });
  });

  it('says call, status, code and request, and nothing else', () => {
    const { message } = storageErrorOf('put', answer('SlowDown', 503));
    expect(message).toBe('throttled: put: status 503, SlowDown, request tx-1');
    expect(storageErrorOf('put', answer('a b\nc', 500)).message).toContain('unreadable code');
  });

  it('keeps nothing of what was signed', () => {
    const more = { StringToSign: 'AWS4 signed', $response: { headers: { 'x-amz-signature': 'signed' } } };
    const error = storageErrorOf('put', answer('SignatureDoesNotMatch', 403, more));
    expect(inspect(error, { depth: 9, showHidden: true })).not.toContain('signed');
  });

  it('leaves errors alone that are translated, and those that are ours', () => {
    const known = new StorageError('full', 'disk');
    expect(storageErrorOf('put', known)).toBe(known);
    expect(() => storageErrorOf('put', new TypeError('a bug'))).toThrow(TypeError);
  });
});
