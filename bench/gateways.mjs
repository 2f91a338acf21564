import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';

const LATEST_MS = 10_000;
const TAKEN = '{"error":0,"msg":"ok","batch_id":"0"}';

/** A gateway within this process, so that one clock tells when a message was asked for and when it was here. */
export class NearGateway {
  /** Calls that were made. */
  calls = 0;
  #server;
  #awaited = new Map();

  /** @param status what it answers every call with: 200 takes the message as Luosimao does */
  constructor(status = 200) {
    this.#server = createServer(async (request, response) => {
      const body = await textOf(request);
      const at = performance.now();
      response
        .writeHead(status, { 'content-type': 'application/json' })
        .end(status === 200 ? TAKEN : '{"error":"out of order"}');
      this.calls += 1;
      for (const [number, told] of [...this.#awaited]) if (body.includes(number)) told(at);
    });
    // Longer than the clients keep an idle connection: it never closes one that is about to be used.
    this.#server.keepAliveTimeout = 60_000;
  }

  async open({ undoing }) {
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
    undoing.push(() => {
      this.#server.close();
      this.#server.closeAllConnections();
    });
    return this;
  }

  get url() {
    return `http://127.0.0.1:${this.#server.address().port}`;
  }

  /** @param told of the next call that names this number, with the moment when it was here */
  expect(number, told) {
    this.#awaited.set(number, told);
  }

  forget(number) {
    this.#awaited.delete(number);
  }
}

/**
 * To be called before the message is asked for.
 * @returns which of the gateways the message to this number came to, and when by `performance.now()`
 */
export function arrivalAt(gateways, phone) {
  const number = phone.slice('+86'.length);
  return new Promise((resolve, reject) => {
    const settle = (how, value) => {
      clearTimeout(late);
      for (const gateway of gateways) gateway.forget(number);
      how(value);
    };
    const late = setTimeout(
      () => settle(reject, new Error(`A message is not at its gateway after ${LATEST_MS} ms`)),
      LATEST_MS,
    );
    for (const gateway of gateways) gateway.expect(number, (at) => settle(resolve, { gateway, at }));
  });
}

/** What a service needs to take this address for Luosimao's. */
export function luosimaoAt(url) {
  return {
    LUOSIMAO_BASE_URL: url,
    LUOSIMAO_API_KEY: randomBytes(16).toString('hex'),
    LUOSIMAO_SIGNATURE: 'Gatecode',
  };
}

/** The same for Ronglian's. */
export function ronglianAt(url) {
  return {
    RONGLIAN_BASE_URL: url,
    RONGLIAN_ACCOUNT_SID: randomBytes(16).toString('hex'),
    RONGLIAN_AUTH_TOKEN: randomBytes(16).toString('hex'),
    RONGLIAN_APP_ID: randomBytes(16).toString('hex'),
    RONGLIAN_TEMPLATE_ID: '1',
  };
}

async function textOf(request) {
  let text = '';
  for await (const chunk of request.setEncoding('utf8')) text += chunk;
  return text;
}
