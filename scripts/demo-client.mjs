// What the demos share: requests, how they are shown, and where the story stands.
import { randomInt } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';

const REQUEST_MS = 15_000;
const LOOK_AGAIN_MS = 100;

/** Members whose values are shown by their first characters only. */
const SECRET =
  /^(code|answer|ticket|password|accessToken|refreshToken|registrationToken|image|challenge|rendered|params)$/;
/** What problem+json repeats; `code` and `detail` say it. */
const OF_EVERY_PROBLEM = new Set(['type', 'title', 'instance']);

const colours = process.stdout.isTTY && !process.env.NO_COLOR;
export const paint = (style, text) => (colours ? `\u001b[${style}m${text}\u001b[0m` : text);
export const dim = (text) => paint(2, text);

let baseUrl;
let serial = 0;
let step = 'before the first step';

/** Which service is meant from now on. */
export function useService(url) {
  baseUrl = url;
}

/** @returns number and title of the step under way */
export function whereabouts() {
  return { serial, step };
}

/** A part of the story, over its steps. */
export function chapter(title) {
  step = title;
  console.log(`\n${paint('1;36', title)}`);
}

export function begin(title) {
  step = title;
  serial++;
  console.log(paint(1, `${String(serial).padStart(2)}  ${title}`));
}

/** What the reader shall see in an answer. */
export function note(text) {
  console.log(`           ${dim(text)}`);
}

export function must(holds, complaint) {
  if (!holds) throw new Error(complaint);
}

/**
 * Makes a request and shows it with its answer.
 * @param at another server than the service
 * @param within asks again for so many milliseconds until the answer is the expected one
 * @param until tells from the body whether it is; `what` names what is waited for
 * @param showing what of a good answer is shown; a text as it stands
 * @returns the body; not listed in it: `date` of the answer
 */
export async function call(method, path, { expect, within = 0, until, what, showing, ...rest }) {
  const { at, body, token } = rest;
  const end = Date.now() + within;
  const isThere = ({ status, body }) => status === expect && (!until || until(body));
  let answer = await request(method, path, { at, body, token });
  while (!isThere(answer) && Date.now() < end) {
    await delay(LOOK_AGAIN_MS);
    answer = await request(method, path, { at, body, token });
  }
  const { status, date } = answer;
  show(
    method,
    `${at ?? ''}${path}`,
    body,
    status,
    showing && status < 400 ? showing(answer.body) : answer.body,
  );
  if (status !== expect) throw unexpected(method, path, answer, expect);
  must(isThere(answer), `there was no ${what} within ${within / 1_000} s`);
  return Object.defineProperty({ ...answer.body }, 'date', { value: date });
}

function unexpected(method, path, { status, body }, expected) {
  const { code, detail, retryAfter } = body ?? {};
  const wait = retryAfter ? `; try again in ${retryAfter} s` : '';
  const reason = code ? ` ${code}: ${detail}${wait}` : '';
  return new Error(`${method} ${brief(path)} answered ${status}${reason} (expected ${expected})`);
}

export async function request(method, path, { at = baseUrl, body, token } = {}) {
  const answer = await fetchOrExplain(`${at}${path}`, {
    method,
    headers: {
      'User-Agent': 'gatecode-demo',
      'Accept-Language': 'en',
      ...(body && { 'Content-Type': 'application/json' }),
      ...(token && { Authorization: `Bearer ${token}` }),
    },
    body: body && JSON.stringify(body),
  });
  const text = await answer.text();
  const isJson = /json/.test(answer.headers.get('content-type') ?? '');
  return {
    status: answer.status,
    date: answer.headers.get('date'),
    body: isJson ? JSON.parse(text) : undefined,
  };
}

export async function fetchOrExplain(url, init) {
  try {
    return await fetch(url, { ...init, signal: AbortSignal.timeout(REQUEST_MS) });
  } catch (error) {
    throw new Error(`${new URL(url).origin} does not answer (${error.cause?.code ?? error.name})`, {
      cause: error,
    });
  }
}

export function show(method, path, sent, status, received) {
  const good = status < 400;
  console.log(`    ${method.padEnd(6)} ${brief(path)}${sent ? ` ${dim(shorten(sent))}` : ''}`);
  console.log(
    `    ${paint(good ? 32 : 33, status)}    ${dim(received === undefined ? '(no content)' : shorten(received))}`,
  );
}

/** Ids, numbers and tokens in a path, cut down to what a person recognises them by. */
export function brief(path) {
  return path
    .replace(/[0-9a-f]{8}-[0-9a-f-]{27}/gi, (id) => `${id.slice(0, 8)}…`)
    .replace(/(%2B86\d{3})\d{4}/, '$1****')
    .replace(/(\/hooks\/sms\/\w+\/)\w+/, '$1…');
}

function shorten(body) {
  if (typeof body === 'string') return body;
  return JSON.stringify(body, function (key, value) {
    if (body.status >= 400 && OF_EVERY_PROBLEM.has(key)) return undefined;
    if (SECRET.test(key) && value !== null && !isPublicCode(key, value, this)) return cut(value);
    if (typeof value !== 'string') return value;
    if (/^\+86\d{11}$|^1\d{10}$/.test(value)) return value.replace(/\d{4}(\d{4})$/, '****$1');
    return brief(value);
  });
}

function cut(value) {
  if (typeof value !== 'string') return '…';
  return value.length > 20 ? `${value.slice(0, 4)}…${value.slice(-4)}` : `${value.slice(0, 2)}…`;
}

/** The code of a problem, or of a fault that is played: the other codes are those that people type in. */
function isPublicCode(key, value, holder) {
  return typeof value === 'string' && (/^[A-Z_]{4,}$/.test(value) || (key === 'code' && 'kind' in holder));
}

export function newPhone() {
  return `+86139${String(randomInt(1e8)).padStart(8, '0')}`;
}

export function otherThan(code) {
  return String((Number(code) + 1) % 10 ** code.length).padStart(code.length, '0');
}
