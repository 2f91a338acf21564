import { statusError } from './qiniu-error';
import { judgeStatus, STATUS_ROWS } from './qiniu-statuses';

describe('the statuses of Qiniu', () => {
  it.each([
    [298, 'unavailable', 'no'],
    [400, 'misconfigured', 'no'],
    [401, 'denied', 'no'],
    [403, 'denied', 'no'],
    [404, 'not-found', 'no'],
    [405, 'misconfigured', 'no'],
    [406, 'wrong-checksum', 'once'],
    [408, 'unavailable', 'soon'],
    [413, 'too-large', 'no'],
    [416, 'range', 'no'],
    [419, 'denied', 'no'],
    [429, 'throttled', 'later'],
    [478, 'unavailable', 'no'],
    [500, 'unavailable', 'soon'],
    [501, 'misconfigured', 'no'],
    [502, 'unavailable', 'soon'],
    [503, 'unavailable', 'soon'],
    [504, 'unavailable', 'soon'],
    [509, 'throttled', 'no'],
    [573, 'throttled', 'later'],
    [579, 'unavailable', 'no'],
    [599, 'unavailable', 'soon'],
    [608, 'unavailable', 'no'],
    [612, 'not-found', 'no'],
    [614, 'exists', 'no'],
    [616, 'misconfigured', 'no'],
    [618, 'misconfigured', 'no'],
    [630, 'full', 'no'],
    [631, 'misconfigured', 'no'],
    [632, 'misconfigured', 'no'],
    [640, 'misconfigured', 'no'],
    [701, 'unavailable', 'no'],
    // Not in the table.
    [302, 'misconfigured', 'no'],
    [418, 'misconfigured', 'no'],
    [505, 'unavailable', 'soon'],
    [699, 'unavailable', 'soon'],
  ] as const)('%i is "%s", and repeated: %s', (status, fault, retry) => {
    expect(judgeStatus(status)).toEqual({ fault, retry });
  });

  it('stand in the table once', () => {
    const all = STATUS_ROWS.flatMap(([statuses]) => statuses.split(' '));
    expect(new Set(all).size).toBe(all.length);
  });

  it('are told to operators with the words and the id of the request, and without what was sent', () => {
    const error = 'bad token: token=ak:sig=:eyJzY29wZSI6ImEiLCJkZWFkbGluZSI6MX0=';
    const body = Buffer.from(JSON.stringify({ error }));
    const refused = statusError('upload', { status: 401, headers: { 'x-reqid': 'abc' }, body });
    expect(refused.fault).toBe('denied');
    expect(refused.message).toContain('upload: status 401, "bad token');
    expect(refused.message).toContain('X-Reqid abc');
    expect(refused.message).not.toContain('eyJ');
  });
});
