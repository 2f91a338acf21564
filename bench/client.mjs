import { Client } from 'undici';
import { newAddress } from './newcomers.mjs';

/** Asks one service, on one connection, and costs little itself. */
export class OneByOne {
  #client;
  #target;

  constructor(target, { undoing }) {
    this.#target = target;
    this.#client = new Client(target.url);
    undoing.push(() => this.#client.destroy());
  }

  get(path, accessToken) {
    return this.#ask('GET', path, undefined, accessToken && { authorization: `Bearer ${accessToken}` });
  }

  post(path, body) {
    return this.#ask('POST', path, JSON.stringify(body), { 'content-type': 'application/json' });
  }

  /** @returns the answer's body; fails for any but a 2xx */
  async #ask(method, path, body, headers) {
    const answer = await this.#client.request({
      method,
      path,
      body,
      // As behind a load balancer.
      headers: { 'x-forwarded-for': newAddress(), ...headers },
    });
    const text = await answer.body.text();
    if (answer.statusCode < 300) return JSON.parse(text);
    const { name, child } = this.#target;
    throw new Error(
      `${method} ${path} of ${name} answered ${answer.statusCode}: ${text}\n${child.lastWords()}`,
    );
  }
}
