import { currentLanguage, text } from './texts.js';

/** Something was not done. What it says is for people. */
export class Refusal extends Error {
  /** @param problem `{title, detail?, code?, status?, errors?, requestId?}`, as in problem+json (RFC 9457); a status of this service only */
  constructor(problem) {
    super(problem.title);
    this.problem = problem;
  }
}

/**
 * One call of the API.
 * @param token access token, if the call needs one
 * @returns the JSON of the answer, or undefined for one without a body
 * @throws {Refusal}
 */
export async function call(method, path, { body, token, signal } = {}) {
  const headers = { 'Accept-Language': currentLanguage() };
  if (body !== undefined) headers['Content-Type'] = 'application/json';
  if (token !== undefined) headers.Authorization = `Bearer ${token}`;
  const answer = await fetch(path, { method, headers, body: body && JSON.stringify(body), signal }).catch(
    (error) => {
      if (signal?.aborted) throw error;
      throw new Refusal({ title: text('serviceUnreachable'), detail: text('serviceUnreachableDetail') });
    },
  );
  const value = answer.status === 204 ? undefined : await answer.json();
  if (!answer.ok) throw new Refusal(value);
  return value;
}
