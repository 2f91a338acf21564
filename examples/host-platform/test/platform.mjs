// Starts the built processes of the platform, and reads what its gateway prints.
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';

const STARTED_WITHIN_MS = 30_000;

async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  await new Promise((closed) => server.close(closed));
  return port;
}

/** Waits until `look` finds something. */
export async function eventually(what, look, withinMs = 5_000) {
  const until = Date.now() + withinMs;
  for (;;) {
    const found = await look();
    if (found) return found;
    if (Date.now() > until) throw new Error(`Waited ${withinMs} ms in vain for ${what}`);
    await delay(20);
  }
}

/** One process of the platform. */
export class Process {
  lines = [];

  static async start(program, variables) {
    const port = await freePort();
    const process_ = new Process(program, { ...variables, PORT: String(port) });
    process_.url = `http://127.0.0.1:${port}`;
    await eventually(`${program} to open`, () => process_.isOpen(), STARTED_WITHIN_MS);
    return process_;
  }

  constructor(program, variables) {
    this.child = spawn(process.execPath, [program], {
      env: { PATH: process.env.PATH, ...variables },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    createInterface({ input: this.child.stdout }).on('line', (line) => this.lines.push(line));
  }

  isOpen() {
    if (this.child.exitCode !== null) throw new Error(`The process ended: ${this.child.exitCode}`);
    return this.lines.some((line) => line.includes(' is open: '));
  }

  /** @returns the code of the newest message to a number */
  codeFor(phone, purpose) {
    return eventually(`a code for ${purpose}`, () => {
      const printed = this.lines
        .filter((line) => line.startsWith('SMS '))
        .map((line) => JSON.parse(line.slice(4)));
      return printed.findLast((sms) => sms.phone === phone && sms.purpose === purpose)?.code;
    });
  }

  async call(method, path, { body, token, headers } = {}) {
    const response = await fetch(this.url + path, {
      method,
      headers: {
        ...(body && { 'content-type': 'application/json' }),
        ...(token && { authorization: `Bearer ${token}` }),
        ...headers,
      },
      body: body && JSON.stringify(body),
    });
    const text = await response.text();
    return {
      status: response.status,
      headers: response.headers,
      text,
      body: text ? JSON.parse(text) : undefined,
    };
  }

  async stop() {
    if (this.child.exitCode !== null) return;
    this.child.kill();
    await once(this.child, 'exit');
  }
}

/** The shop and its warehouse. The stores are those that the environment names. */
export async function openPlatform(variables = {}) {
  const { DATABASE_URL, REDIS_URL } = process.env;
  if (!DATABASE_URL || !REDIS_URL) throw new Error('Set DATABASE_URL and REDIS_URL');
  const shop = await Process.start('dist/main.js', {
    DATABASE_URL,
    REDIS_URL,
    SECRET_KEY: randomBytes(32).toString('base64'),
    ...variables,
  });
  const warehouse = await Process.start('dist/warehouse.main.js', { REDIS_URL, SHOP_URL: shop.url });
  return { shop, warehouse };
}
