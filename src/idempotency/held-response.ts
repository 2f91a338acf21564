import type { OutgoingHttpHeader, OutgoingHttpHeaders, ServerResponse } from 'node:http';
import { type Answer, OF_THE_BODY } from './answer';

type Encoding = BufferEncoding | null;
type Settle = (answer: Answer | undefined) => Promise<Answer | undefined>;
type HeadersOfHead = OutgoingHttpHeaders | OutgoingHttpHeader[];

/**
 * Holds back what is written to a response until it has ended; then `settle` sees it, and says what leaves instead, if
 * anything else. Works on the response of Node, so that it is the same on every platform.
 * @param mostBytes beyond that many the response flows on as it comes, and `settle` sees nothing
 * @param settle must not fail
 */
export function holdResponse(response: ServerResponse, mostBytes: number, settle: Settle): void {
  // eslint-disable-next-line @typescript-eslint/unbound-method -- they are called with the response again
  const { writeHead, write, end, flushHeaders } = response;
  const chunks: Buffer[] = [];
  let size = 0;
  let hasEnded = false;

  const letGo = () => {
    Object.assign(response, { writeHead, write, end, flushHeaders });
    for (const state of ['headersSent', 'writableEnded']) Reflect.deleteProperty(response, state);
  };
  const take = (chunk: unknown, encoding?: Encoding) => {
    const bytes = typeof chunk === 'string' ? Buffer.from(chunk, encoding ?? 'utf8') : (chunk as Uint8Array);
    chunks.push(Buffer.from(bytes));
    size += bytes.length;
  };

  response.writeHead = (status: number, ...rest: unknown[]) => {
    if (hasEnded) return response;
    const headers = rest.pop() as HeadersOfHead | string | undefined;
    const message = typeof headers === 'string' ? headers : rest.pop();
    response.statusCode = status;
    if (typeof message === 'string') response.statusMessage = message;
    if (typeof headers === 'object') setHeaders(response, headers);
    appear(response, 'headersSent');
    return response;
  };
  response.flushHeaders = () => undefined;
  response.write = (chunk: unknown, ...rest: unknown[]) => {
    if (hasEnded) return false;
    const [encoding, written] = inOrder(rest);
    take(chunk, encoding);
    appear(response, 'headersSent');
    if (written) process.nextTick(written);
    if (size <= mostBytes) return true;
    letGo();
    void settle(undefined);
    return response.write(Buffer.concat(chunks));
  };
  response.end = (...given: unknown[]) => {
    // Fastify ends a response again when it finds it open after the handler.
    if (hasEnded) return response;
    hasEnded = true;
    const [chunk] = given;
    const hasChunk = typeof chunk === 'string' || chunk instanceof Uint8Array;
    const [encoding, ended] = inOrder(hasChunk ? given.slice(1) : given);
    if (hasChunk) take(chunk, encoding);
    if (ended) response.once('finish', ended);
    for (const state of ['headersSent', 'writableEnded'] as const) appear(response, state);
    const body = Buffer.concat(chunks);
    const { statusCode: status } = response;
    const answer = size > mostBytes ? undefined : { status, headers: headersOf(response), body };
    void settle(answer).then((other) => {
      letGo();
      if (other) putInPlace(response, other);
      const bytes = other?.body ?? body;
      if (bytes.length > 0) response.end(bytes);
      else response.end();
    });
    return response;
  };
}

/** To everybody else the response is as far as they have brought it. */
function appear(response: ServerResponse, state: 'headersSent' | 'writableEnded'): void {
  Object.defineProperty(response, state, { value: true, configurable: true });
}

function inOrder(rest: unknown[]): [encoding: Encoding | undefined, callback: (() => void) | undefined] {
  const encoding = rest.find((each): each is BufferEncoding => typeof each === 'string');
  const callback = rest.find((each): each is () => void => typeof each === 'function');
  return [encoding, callback];
}

function setHeaders(response: ServerResponse, headers: HeadersOfHead): void {
  const pairs = Array.isArray(headers) ? pairsOf(headers) : Object.entries(headers);
  for (const [name, value] of pairs) {
    if (value !== undefined) response.setHeader(name, value);
  }
}

/** `writeHead` also takes names and values in turns. */
function pairsOf(flat: OutgoingHttpHeader[]): [string, OutgoingHttpHeader][] {
  return Array.from({ length: flat.length / 2 }, (_, index) => [
    String(flat[2 * index]),
    flat[2 * index + 1],
  ]);
}

// Node has it on every outgoing message; its types know of requests only.
type Named = ServerResponse & { getRawHeaderNames(): string[] };

function headersOf(response: ServerResponse): Answer['headers'] {
  return (response as Named).getRawHeaderNames().map((name) => [name, response.getHeader(name)!] as const);
}

/** What the platform said of the body in its place is not true of this one. */
function putInPlace(response: ServerResponse, { status, headers, body }: Answer): void {
  for (const name of OF_THE_BODY) {
    if (response.hasHeader(name)) response.removeHeader(name);
  }
  response.statusCode = status;
  for (const [name, value] of headers) response.setHeader(name, value);
  if (body.length > 0) response.setHeader('Content-Length', body.length);
}
