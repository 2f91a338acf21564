import { Refusal } from './api.js';
import { text } from './texts.js';

/**
 * Sends a file with a ticket: the same for every store. XMLHttpRequest, because fetch tells no progress.
 * @param onProgress gets the part that was sent, 0 to 1
 * @returns the refusal of the store, if there was one; whether the file is there is known to the service alone
 */
export function sendFile(ticket, file, onProgress) {
  return new Promise((resolve) => {
    const request = new XMLHttpRequest();
    request.open(ticket.method, ticket.url);
    for (const [name, value] of Object.entries(ticket.headers)) request.setRequestHeader(name, value);
    request.upload.addEventListener('progress', ({ loaded, total }) => onProgress(loaded / total));
    request.addEventListener('loadend', () => resolve(refusalIn(request, new URL(ticket.url).origin)));
    request.send(bodyOf(ticket, file));
  });
}

function bodyOf({ fields, fileField }, file) {
  if (fileField === null) return file;
  const form = new FormData();
  for (const [name, value] of Object.entries(fields)) form.append(name, value);
  // Last: stores read no field that comes after it.
  form.append(fileField, file, 'avatar');
  return form;
}

function refusalIn(request, origin) {
  const { status, responseText } = request;
  if (status >= 200 && status < 300) return undefined;
  if (status > 0) {
    const words = { title: text('storeRefused'), detail: wordsOf(responseText), code: `HTTP ${status}` };
    return new Refusal(problemIn(responseText) ?? words);
  }
  const detail = text('storeUnreachableDetail', { origin, page: location.origin });
  return new Refusal({ title: text('storeUnreachable'), detail });
}

/** The local disk answers as the API does. */
function problemIn(answer) {
  try {
    const problem = JSON.parse(answer);
    return problem.title && problem;
  } catch {
    return undefined;
  }
}

/** Qiniu: `{"error":"…"}`; S3: `<Error><Code>…</Code>`. */
const wordsOf = (answer) => /"error":"([^"]+)"|<Code>([^<]+)</.exec(answer)?.slice(1).find(Boolean);
