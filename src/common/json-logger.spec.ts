import { Logger } from '@nestjs/common';
import { JsonLogger } from './json-logger';
import { runInRequest } from './request-context';

function capture(work: () => void): Record<string, unknown>[] {
  const written: string[] = [];
  const take = (chunk: string | Uint8Array) => {
    written.push(String(chunk));
    return true;
  };
  const spies = [process.stdout, process.stderr].map((stream) =>
    jest.spyOn(stream, 'write').mockImplementation(take),
  );
  try {
    work();
  } finally {
    spies.forEach((spy) => spy.mockRestore());
  }
  return written
    .join('')
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as Record<string, unknown>);
}

describe('JsonLogger', () => {
  afterAll(() => Logger.overrideLogger(true));

  it('writes one object a line, with the request it belongs to', () => {
    const [line, ...more] = capture(() => {
      Logger.overrideLogger(new JsonLogger());
      runInRequest({ requestId: 'request-1' }, () =>
        new Logger('Sms').log('accepted\nline 2', { messageId: 'm-1' }),
      );
    });
    expect(more).toEqual([]);
    expect(line).toEqual({
      time: expect.stringMatching(/^\d{4}-.*Z$/),
      level: 'info',
      msg: 'accepted\nline 2',
      context: 'Sms',
      requestId: 'request-1',
      messageId: 'm-1',
    });
  });

  it('lets no secret and no phone number through', () => {
    const [line] = capture(() =>
      new JsonLogger().error('cannot send to +8613800138000', { code: '482163', password: 'x' }, 'Sms'),
    );
    expect(line).toMatchObject({
      level: 'error',
      msg: 'cannot send to 138****8000',
      code: '[redacted]',
      password: '[redacted]',
    });
  });

  it('writes errors with name, stack and cause', () => {
    const [line] = capture(() =>
      new JsonLogger().error('failed', new Error('outer', { cause: new Error('to 13800138000') })),
    );
    expect(line).toMatchObject({
      msg: 'failed',
      error: { message: 'outer', cause: { message: 'to 138****8000' } },
    });
  });

  it('takes an object for the line, but not its idea of time and level', () => {
    const event = { event: 'sms.accepted', time: 'x', level: 'x', requestId: 'request-2' };
    const [line] = capture(() => new JsonLogger().log(event));
    expect(line).toMatchObject({
      level: 'info',
      msg: 'sms.accepted',
      event: 'sms.accepted',
      requestId: 'request-2',
    });
    expect(line.time).toMatch(/^\d{4}-/);
  });

  it('says nothing below its level', () => {
    expect(capture(() => new JsonLogger({ level: 'warn' }).log('quiet'))).toEqual([]);
    expect(capture(() => new JsonLogger({ level: 'silent' }).fatal('quiet'))).toEqual([]);
    expect(capture(() => new JsonLogger({ level: 'debug' }).debug('loud'))).toHaveLength(1);
  });
});
