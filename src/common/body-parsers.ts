import type { ExpressAdapter, NestExpressApplication } from '@nestjs/platform-express';
import { isUtf8 } from 'node:buffer';
import type { IncomingMessage } from 'node:http';
import { Problem } from './problem';

const JSON_LIMIT = '64kb';
/** Vendors send receipts by the thousand. */
const HOOK_LIMIT = '4mb';

const JSON_TYPE = /^application\/([\w.-]+\+)?json\b/i;
const FORM_TYPE = /^application\/x-www-form-urlencoded\b/i;

type Test = (request: IncomingMessage) => boolean;

/**
 * Reads JSON everywhere; forms where OAuth prescribes them; and on the hooks whatever vendors send, with the bytes
 * kept on `request.rawBody`, because that is what they sign. Limits hold for what a compressed body unfolds to.
 */
export function parseBodies(app: NestExpressApplication, prefix: string): void {
  const adapter = app.getHttpAdapter() as unknown as ExpressAdapter;
  const isHook = isBelow(`/${prefix}/hooks/`);
  const isOauth = isBelow(`/${prefix}/oauth/`);
  const isOurs: Test = (request) => !isHook(request);

  // Not strict: a body that is no object can be read, and is answered as a wrong value.
  adapter.useBodyParser('json', true, {
    type: both(isHook, has(JSON_TYPE)),
    limit: HOOK_LIMIT,
    strict: false,
  });
  adapter.useBodyParser('urlencoded', true, {
    type: both(isHook, has(FORM_TYPE)),
    limit: HOOK_LIMIT,
    extended: false,
  });
  // Some vendors name no type, or a wrong one: who reads the push looks at its first byte.
  const isUnnamed: Test = (request) => !has(JSON_TYPE)(request) && !has(FORM_TYPE)(request);
  adapter.useBodyParser('text', true, { type: both(isHook, isUnnamed), limit: HOOK_LIMIT });
  adapter.useBodyParser('json', false, {
    ...UTF8_ONLY,
    type: both(isOurs, has(JSON_TYPE)),
    limit: JSON_LIMIT,
    strict: false,
  });
  adapter.useBodyParser('urlencoded', false, {
    type: both(isOauth, has(FORM_TYPE)),
    limit: JSON_LIMIT,
    extended: false,
  });
}

/** RFC 8259, 8.1. Decoding would put replacement characters in the place of what is broken. */
function mustBeUtf8(_request: unknown, _response: unknown, body: Buffer): void {
  if (!isUtf8(body)) throw new Problem('MALFORMED_BODY');
}

// Passed through to body-parser; Nest's type does not know it.
const UTF8_ONLY: object = { verify: mustBeUtf8 };

const isBelow =
  (path: string): Test =>
  ({ url }) =>
    url?.startsWith(path) ?? false;

const has =
  (type: RegExp): Test =>
  ({ headers }) =>
    type.test(headers['content-type'] ?? '');

const both = (first: Test, second: Test) => (request: IncomingMessage) => first(request) && second(request);
