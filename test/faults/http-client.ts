import { request as httpRequest } from 'node:http';

export interface Answer {
  /** 0: the connection ended without an answer. */
  readonly status: number;
  readonly at: number;
  readonly ms: number;
  readonly isProblem: boolean;
  readonly retryAfter?: number;
  readonly body: Readonly<Record<string, unknown>>;
}

/** Nobody waits longer; the promise is far below. */
const GIVE_UP_MS = 15_000;

/**
 * One request over a connection of its own.
 * @returns undefined when nobody listens: then nothing was sent
 */
export function ask(
  url: string,
  method: string,
  address: string,
  body?: object,
): Promise<Answer | undefined> {
  const at = Date.now();
  const startedAt = performance.now();
  return new Promise((resolve) => {
    const end = (answer: Partial<Answer>) =>
      resolve({ status: 0, at, ms: performance.now() - startedAt, isProblem: false, body: {}, ...answer });
    const headers = { 'x-forwarded-for': address, ...(body && { 'content-type': 'application/json' }) };
    const request = httpRequest(url, { method, agent: false, headers }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
      response.on('error', () => end({}));
      response.on('end', () => {
        const type = response.headers['content-type'] ?? '';
        const parsed = parse(text);
        end({
          status: response.statusCode!,
          isProblem: type.startsWith('application/problem+json') && typeof parsed.code === 'string',
          retryAfter: response.headers['retry-after'] ? Number(response.headers['retry-after']) : undefined,
          body: parsed,
        });
      });
    });
    request.setTimeout(GIVE_UP_MS, () => request.destroy());
    request.on('error', (error: NodeJS.ErrnoException) =>
      error.code === 'ECONNREFUSED' ? resolve(undefined) : end({}),
    );
    request.end(body && JSON.stringify(body));
  });
}

function parse(text: string): Record<string, unknown> {
  try {
    return JSON.parse(text) as Record<string, unknown>;
  } catch {
    return {};
  }
}
