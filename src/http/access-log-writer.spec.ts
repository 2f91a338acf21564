import { AccessLogWriter } from './access-log-writer';

const line = { method: 'GET', route: '/v1/users/me', status: 200, ms: 1.2, requestId: 'a-caller-s-own' };
const nextTurn = () => new Promise((resolve) => setImmediate(resolve));

describe('AccessLogWriter', () => {
  it('writes the lines of one turn together, each a JSON object', async () => {
    const written: string[] = [];
    const { write } = new AccessLogWriter((lines) => written.push(lines));
    write(line);
    write({ ...line, status: 404 });
    expect(written).toEqual([]);
    await nextTurn();
    expect(written).toHaveLength(1);
    const [first, second] = written[0]
      .trim()
      .split('\n')
      .map((text) => JSON.parse(text));
    expect(first).toEqual({
      ...line,
      time: expect.stringMatching(/Z$/),
      level: 'info',
      msg: 'GET /v1/users/me 200',
      context: 'HTTP',
    });
    expect(second.status).toBe(404);
  });

  it('writes what looks like the end of a text as a part of it', async () => {
    const written: string[] = [];
    const { write } = new AccessLogWriter((lines) => written.push(lines));
    const route = '/v1/"},\\u0022\n林';
    write({ ...line, route, trace_id: 'a'.repeat(32), span_id: 'b'.repeat(16) });
    await nextTurn();
    expect(written[0].trim().split('\n')).toHaveLength(1);
    expect(JSON.parse(written[0])).toMatchObject({
      route,
      msg: `GET ${route} 200`,
      trace_id: 'a'.repeat(32),
      span_id: 'b'.repeat(16),
    });
  });

  it('masks a number that a caller uses for a request id', async () => {
    const written: string[] = [];
    const { write } = new AccessLogWriter((lines) => written.push(lines));
    write({ ...line, requestId: '13800138000' });
    await nextTurn();
    expect(written[0]).not.toContain('13800138000');
  });
});
