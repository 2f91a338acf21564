import type { AccessLine } from './access-log';
import { redactText } from '../common/redaction';

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/**
 * Writes access lines in the form of JsonLogger, but all lines of one turn of the event loop at once, and without its
 * search for secrets: the route is one of ours or cleaned already, and only a request id can be a caller's own text.
 */
export class AccessLogWriter {
  private waiting = '';

  /** @param out takes whole lines; default standard output */
  constructor(private readonly out: (lines: string) => void = (lines) => void process.stdout.write(lines)) {
    process.once('exit', () => this.flush());
  }

  readonly write = ({ requestId, ...rest }: AccessLine): void => {
    const { method, route, status } = rest;
    const id = UUID.test(requestId) ? requestId : redactText(requestId);
    const line = JSON.stringify({
      time: new Date().toISOString(),
      level: 'info',
      msg: `${method} ${route} ${status}`,
      context: 'HTTP',
      requestId: id,
      ...rest,
    });
    if (this.waiting === '') setImmediate(() => this.flush());
    this.waiting += `${line}\n`;
  };

  private flush(): void {
    if (this.waiting === '') return;
    const lines = this.waiting;
    this.waiting = '';
    this.out(lines);
  }
}
