// A service of the demo's own: built if need be, on embedded stores in a temporary folder, ended and removed with the demo.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdtempSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { must } from './demo-client.mjs';

const ROOT = fileURLToPath(new URL('..', import.meta.url));

/** The stores of a service that was interrupted may still be writing for a moment. */
const REMOVAL_TRIES = 50;

let building;
let service;
let stopping;

/**
 * @param variables its environment; port, host, data and log level are decided here
 * @returns its address
 */
export async function startService(variables) {
  await build();
  const dataDir = mkdtempSync(join(tmpdir(), 'gatecode-demo-'));
  chmodSync(dataDir, 0o711); // under root PostgreSQL runs as somebody else, who must get through
  const child = spawn(process.execPath, [join(ROOT, 'dist', 'src', 'main.js')], {
    cwd: ROOT,
    env: { ...variables, PORT: '0', HOST: '127.0.0.1', DATA_DIR: dataDir, LOG_LEVEL: 'warn' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  service = { child, dataDir };
  return addressOf(child);
}

async function build() {
  building = spawn(process.execPath, [join(ROOT, 'scripts', 'build-if-needed.mjs')], { stdio: 'inherit' });
  const [status] = await once(building, 'exit');
  must(status === 0, 'it can not be built');
}

/** The service says where it listens; what it says before is shown only when it fails. */
function addressOf(child) {
  return new Promise((resolve, reject) => {
    let output = '';
    const read = (chunk) => {
      output = (output + chunk).slice(-8_000);
      const [, url] = /^\s*API\s+(http:\/\/\S+)\/v1$/m.exec(output) ?? [];
      if (url) resolve(url);
    };
    child.stdout.on('data', read);
    child.stderr.on('data', read);
    child.once('error', reject);
    child.once('exit', (code, signal) =>
      reject(new Error(`the service ended with ${code ?? signal}:\n${output}`)),
    );
  });
}

/** Safe to call at any time, and more than once: each waits until all is gone. */
export function stopService() {
  stopping = (stopping ?? Promise.resolve()).then(stop);
  return stopping;
}

async function stop() {
  if (building) await end(building);
  if (!service) return;
  const { child, dataDir } = service;
  service = undefined;
  await end(child);
  for (let tries = 0; existsSync(dataDir) && tries < REMOVAL_TRIES; tries += 1) {
    await rm(dataDir, { recursive: true, force: true }).catch(() => undefined);
    if (existsSync(dataDir)) await delay(100);
  }
}

async function end(child) {
  if (!child.pid || child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, 'exit');
  child.kill('SIGTERM');
  await exited;
}
