import { fork } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const ATTACHED = new URL('./attached.mjs', import.meta.url).href;
const READY_MS = 60_000;
const STOP_MS = 15_000;

/** A process of this run: a server that is measured, or the one that makes the load. */
export class Child {
  #process;
  #logFile;
  #died;

  /**
   * @param name for messages
   * @param file what Node runs
   * @param env replaces the environment
   * @param logFile takes what it prints, as a file takes it in production
   */
  constructor({ name, file, env, logFile }) {
    const log = openSync(logFile, 'a');
    this.name = name;
    this.#logFile = logFile;
    this.startedAt = performance.now();
    this.#process = fork(file instanceof URL ? fileURLToPath(file) : file, {
      env,
      execArgv: ['--import', ATTACHED],
      stdio: ['ignore', log, log, 'ipc'],
    });
    closeSync(log);
    this.#died = once(this.#process, 'exit').then(([code, signal]) => {
      throw new Error(`${name} ended (${signal ?? code}). Its last words:\n${this.lastWords()}`);
    });
    this.#died.catch(() => undefined);
  }

  /** Sends a message and waits for the one answer to it; fails when the process ends instead. */
  async ask(ask, parameters = {}) {
    const answered = new Promise((resolve) => {
      const listen = ({ answer, value }) => {
        if (answer !== ask) return;
        this.#process.off('message', listen);
        resolve(value);
      };
      this.#process.on('message', listen);
    });
    // A message that does not arrive is that of a process that ends.
    this.#process.send({ ask, ...parameters }, () => undefined);
    return Promise.race([answered, this.#died]);
  }

  /** @returns milliseconds from the start of the process to the first 200 of this address */
  ready(url) {
    return Promise.race([this.#becomeReady(url), this.#died]);
  }

  async stop() {
    if (this.#process.exitCode !== null || this.#process.signalCode !== null) return;
    const ended = once(this.#process, 'exit');
    this.#process.kill('SIGTERM');
    const late = setTimeout(() => this.#process.kill('SIGKILL'), STOP_MS);
    await ended;
    clearTimeout(late);
  }

  lastWords() {
    return readFileSync(this.#logFile, 'utf8').trimEnd().split('\n').slice(-15).join('\n');
  }

  async #becomeReady(url) {
    while (performance.now() - this.startedAt < READY_MS) {
      const status = await statusOf(url);
      if (status === 200) return performance.now() - this.startedAt;
      await delay(10);
    }
    throw new Error(`${this.name} is not ready after ${READY_MS / 1_000} s:\n${this.lastWords()}`);
  }
}

export async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  await once(server, 'close');
  return port;
}

async function statusOf(url) {
  try {
    const answer = await fetch(url, { signal: AbortSignal.timeout(1_000) });
    await answer.arrayBuffer();
    return answer.status;
  } catch {
    return undefined;
  }
}
