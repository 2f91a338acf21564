import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { Agent, request } from 'node:http';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const ROOT = join(__dirname, '../..');

/** A process of its own, because how a process ends can't be seen from inside of Jest. */
const SERVICE = `
  require('reflect-metadata');
  require('./test/support/load-typescript').loadTypescript();
  const { Module } = require('@nestjs/common');
  const { NestFactory } = require('@nestjs/core');
  const { OpsModule } = require('./src/ops/ops.module');
  const { installShutdown } = require('./src/ops/drain.service');
  class Root {}
  Module({ imports: [OpsModule.forRoot({})] })(Root);
  (async () => {
    const app = await NestFactory.create(Root, { logger: false });
    app.use('/slow', (_, response) => setTimeout(() => response.end('slow'), 1200));
    app.use('/never', () => undefined);
    installShutdown(app, { drainMs: 600, hardLimitMs: 3000, after: async () => process.send('after') });
    await app.listen(0, '127.0.0.1');
    process.send(app.getHttpServer().address().port);
  })();`;

let service: ChildProcess;
let port: number;
let agent: Agent;

async function get(path: string): Promise<{ status?: number; connection?: string; body: string }> {
  return new Promise((resolve, reject) => {
    request({ host: '127.0.0.1', port, path, agent }, (response) => {
      let body = '';
      response.on('data', (chunk) => (body += String(chunk)));
      response.on('end', () =>
        resolve({ status: response.statusCode, connection: response.headers.connection, body }),
      );
    })
      .on('error', reject)
      .end();
  });
}

beforeEach(async () => {
  agent = new Agent({ keepAlive: true });
  service = spawn(process.execPath, ['-e', SERVICE], {
    cwd: ROOT,
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  [port] = (await once(service, 'message')) as [number];
});

afterEach(() => {
  agent.destroy();
  service.kill('SIGKILL');
});

describe('a process that gets SIGTERM', () => {
  it('drains, finishes what is running, and exits 0 with keep-alive clients connected', async () => {
    expect((await get('/readyz')).status).toBe(200);
    const slow = get('/slow');
    await sleep(50);
    const messages: unknown[] = [];
    service.on('message', (message) => messages.push(message));
    const exited = once(service, 'exit');
    service.kill('SIGTERM');
    await sleep(150);
    expect(await get('/readyz')).toMatchObject({ status: 503, connection: 'close' });
    expect(await get('/livez')).toMatchObject({ status: 200, connection: 'close' });
    expect(await slow).toMatchObject({ status: 200, body: 'slow' });
    expect(await exited).toEqual([0, null]);
    expect(messages).toEqual(['after']);
  });

  it('cuts off what never ends, and exits 0 all the same', async () => {
    const never = get('/never').catch((error: NodeJS.ErrnoException) => error.code);
    await sleep(50);
    const startedAt = Date.now();
    const exited = once(service, 'exit');
    service.kill('SIGTERM');
    expect(await exited).toEqual([0, null]);
    expect(Date.now() - startedAt).toBeLessThan(3_000);
    expect(await never).toBe('ECONNRESET');
  });

  it('ends at once when it is told twice', async () => {
    const exited = once(service, 'exit');
    service.kill('SIGINT');
    await sleep(50);
    service.kill('SIGINT');
    expect(await exited).toEqual([1, null]);
  });
});
