import type { AccessLine } from './access-log';
import { redactText } from '../common/redaction';

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
/** What stands in JSON as it is. */
const PLAIN = /^[\w /:.-]*$/;

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

  readonly write = ({ method, route, status, ms, requestId, trace_id, span_id }: AccessLine): void => {
    const id = UUID.test(requestId) ? requestId : redactText(requestId);
    const trace = trace_id === undefined ? '' : `,"trace_id":"${trace_id}","span_id":"${span_id}"`;
    if (this.waiting === '') setImmediate(() => this.flush());
    this.waiting +=
      `{"time":"${new Date().toISOString()}","level":"info","msg":${quoted(`${method} ${route} ${status}`)},` +
      `"context":"HTTP","requestId":${quoted(id)},"method":${quoted(method)},"route":${quoted(route)},` +
      `"status":${status},"ms":${ms}${trace}}\n`;
  };

  private flush(): void {
    if (this.waiting === '') return;
    const lines = this.waiting;
    this.waiting = '';
    this.out(lines);
  }
}

function quoted(text: string): string {
  return PLAIN.test(text) ? `"${text}"` : JSON.stringify(text);
}
