import { type IncomingMessage, type OutgoingHttpHeaders, ServerResponse } from 'node:http';

/** A header as it is sent, and its name in lower case. */
export type Header = readonly [name: string, value: string, key: string];

/** Gives a response headers that whoever answers can still replace. */
export function giveHeaders(response: ServerResponse, headers: readonly Header[]): void {
  if (response instanceof GivenHeadersResponse) response.given = headers;
  else for (const [name, value] of headers) response.setHeader(name, value);
}

/**
 * A response that writes the headers it was given together with those of the answer, and not one by one, which is a
 * good part of the work of a small request. They can't be asked for before they are written.
 */
export class GivenHeadersResponse<
  Request extends IncomingMessage = IncomingMessage,
> extends ServerResponse<Request> {
  given?: readonly Header[];

  override writeHead(status: number, ...rest: unknown[]): this {
    const { given } = this;
    this.given = undefined;
    if (given) {
      const [headers] = rest;
      // As Fastify writes them: all at once, with names in lower case.
      if (rest.length === 1 && isPlain(headers) && this.getHeaderNames().length === 0)
        return super.writeHead(status, inOneList(given, headers));
      for (const [name, value] of given) if (!this.hasHeader(name)) this.setHeader(name, value);
    }
    return super.writeHead(status, ...(rest as [OutgoingHttpHeaders]));
  }
}

function isPlain(headers: unknown): headers is OutgoingHttpHeaders {
  return typeof headers === 'object' && headers !== null && !Array.isArray(headers);
}

/** Names and values in turns, as Node also takes them. */
function inOneList(given: readonly Header[], headers: OutgoingHttpHeaders): string[] {
  const list: OutgoingHttpHeaders[string][] = [];
  for (const [name, value, key] of given) if (headers[key] === undefined) list.push(name, value);
  for (const name of Object.keys(headers)) list.push(name, headers[name]);
  return list as string[];
}
