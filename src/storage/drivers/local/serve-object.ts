import type { IncomingMessage, ServerResponse } from 'node:http';
import { pipeline } from 'node:stream';
import { Problem } from '../../../common/problem';
import { asProblem } from '../../storage-problem';
import { rangeOf } from './byte-range';
import { downloadHeaders, type Serving } from './download-headers';
import type { LocalFacts, LocalDriver } from './local.driver';

/**
 * Writes an object as the answer; the whole of it, a part, or that it has not changed.
 * @throws {Problem} as long as nothing was written
 */
export async function serveObject(
  store: LocalDriver,
  key: string,
  serving: Serving,
  request: IncomingMessage,
  takeOver: () => ServerResponse,
): Promise<void> {
  const facts: LocalFacts | undefined = await store.stat(key).catch(rethrow);
  if (!facts) throw new Problem('NOT_FOUND');
  const headers = downloadHeaders(facts, serving);
  const etag = headers.ETag;
  if (matches(request.headers['if-none-match'], etag)) return void takeOver().writeHead(304, headers).end();

  const wanted = isFresh(request.headers['if-range'], etag) ? request.headers.range : undefined;
  const range = rangeOf(wanted, facts.size);
  if (range === 'none')
    throw new Problem('RANGE_NOT_SATISFIABLE', { headers: { 'Content-Range': `bytes */${facts.size}` } });
  const { start, end } = range ?? { start: 0, end: facts.size - 1 };
  headers['Content-Length'] = String(end - start + 1);
  if (range) headers['Content-Range'] = `bytes ${start}-${end}/${facts.size}`;
  const status = range ? 206 : 200;
  if (request.method === 'HEAD') return void takeOver().writeHead(status, headers).end();

  const { stream, facts: streamed } = await store.getStream(key, { range }).catch(rethrow);
  // Replaced just now: what was promised is another object's.
  if (streamed.etag !== facts.etag) {
    stream.destroy();
    return serveObject(store, key, serving, request, takeOver);
  }
  const response = takeOver();
  response.writeHead(status, headers);
  // A reader that leaves, or a disk that fails: the connection is cut, so that nobody takes a part for the whole.
  pipeline(stream, response, (error) => error && response.destroy());
}

function rethrow(error: unknown): never {
  throw asProblem(error);
}

function matches(header: string | undefined, etag: string): boolean {
  if (header === undefined) return false;
  return header.trim() === '*' || header.split(',').some((each) => each.trim().replace(/^W\//, '') === etag);
}

function isFresh(ifRange: string | string[] | undefined, etag: string): boolean {
  return ifRange === undefined || ifRange === etag;
}
