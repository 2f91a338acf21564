import type { Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { STATUS_CODES } from 'node:http';
import { uuidv7 } from 'uuidv7';
import { Problem } from '../common/problem';
import type { ProblemCode } from '../common/problem-catalog';
import { problemDocument } from '../common/problem-document';

/** How long a client may take to read the answer, milliseconds. */
const LINGER_MS = 500;

const CODES: Readonly<Record<string, ProblemCode>> = {
  HPE_HEADER_OVERFLOW: 'HEADERS_TOO_LARGE',
  HPE_CHUNK_EXTENSIONS_OVERFLOW: 'BODY_TOO_LARGE',
  HPE_INVALID_CHUNK_SIZE: 'MALFORMED_BODY',
  HPE_INVALID_EOF_STATE: 'MALFORMED_BODY',
  HPE_INVALID_CONTENT_LENGTH: 'MALFORMED_HEADER',
  ERR_HTTP_REQUEST_TIMEOUT: 'REQUEST_TIMEOUT',
};

type Connection = Duplex & { readonly _httpMessage?: { readonly headersSent: boolean } | null };

/** Answers what Node refuses before there is a request (bad syntax, long headers, time-outs) as problem+json, too. */
export function answerSocketErrors(server: Server): void {
  server.on('clientError', (error: NodeJS.ErrnoException, socket: Connection) => {
    const isAnswerable = socket.writable && error.code !== 'ECONNRESET' && !socket._httpMessage?.headersSent;
    if (!isAnswerable) return void socket.destroy();
    socket.end(rawAnswer(CODES[error.code ?? ''] ?? 'MALFORMED_HEADER'));
    setTimeout(() => socket.destroy(), LINGER_MS).unref();
  });
}

function rawAnswer(code: ProblemCode): string {
  const requestId = uuidv7();
  const { status, headers, body } = problemDocument(new Problem(code), requestId, undefined);
  const text = JSON.stringify(body);
  const lines = {
    ...headers,
    'X-Request-Id': requestId,
    'Content-Length': String(Buffer.byteLength(text)),
    Connection: 'close',
  };
  const head = Object.entries(lines).map(([name, value]) => `${name}: ${value}\r\n`);
  return `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? 'Error'}\r\n${head.join('')}\r\n${text}`;
}
