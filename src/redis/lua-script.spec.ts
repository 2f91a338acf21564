import { Test, type TestingModule } from '@nestjs/testing';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { Problem } from '../common/problem';
import { LuaScript } from './lua-script';
import { REDIS, RedisModule, type RedisConnection } from './redis.module';

const ADD = `return redis.call('INCRBY', KEYS[1], ARGV[1])`;

let sent: string[] = [];
let app: TestingModule | undefined;
let server: ChildProcess | undefined;

/** Starts a server of our own, so that it can be stopped. In a child: its Lua engine does not run inside Jest. */
async function startServer(options: { port?: number; cluster?: { masters: number } } = {}): Promise<string> {
  const script = `
    process.on('disconnect', () => process.exit());
    require('js-redis-server').createRedisMock(${JSON.stringify(options)}).then((mock) => process.send(mock.addresses()));`;
  server = spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
  const [addresses] = (await once(server, 'message')) as [{ host: string; port: number }[]];
  return addresses.map(({ host, port }) => `redis://${host}:${port}`).join(',');
}

async function stopServer(): Promise<void> {
  if (!server || server.exitCode !== null || server.signalCode) return;
  const exited = once(server, 'exit');
  server.kill('SIGKILL');
  await exited;
}

async function connect(url: string): Promise<RedisConnection> {
  const imports = [RedisModule.forRoot({ url, prefix: 'spec:', onCommand: (name) => sent.push(name) })];
  app = await Test.createTestingModule({ imports }).compile();
  await app.init();
  sent = [];
  return app.get<RedisConnection>(REDIS);
}

afterEach(async () => {
  await app?.close();
  await stopServer();
  app = undefined;
});

describe('a Lua script', () => {
  it('costs one round trip once the server knows it', async () => {
    const add = new LuaScript(await connect(await startServer()), 'add', ADD, 1);
    expect(await add.run(['spec:n'], [2])).toBe(2);
    expect(sent).toEqual(['evalsha', 'eval']);
    sent = [];
    expect(await add.run(['spec:n'], [3])).toBe(5);
    expect(sent).toEqual(['evalsha']);
  });

  it('is sent again after the server has forgotten it', async () => {
    const redis = await connect(await startServer());
    const add = new LuaScript(redis, 'add', ADD);
    await add.run(['spec:n'], [1]);
    await redis.client.script('FLUSH');
    expect(await add.run(['spec:n'], [1])).toBe(2);
  });

  it('runs on Redis Cluster when its keys share a hash tag', async () => {
    const add = new LuaScript(
      await connect(await startServer()),
      'both',
      `redis.call('INCR', KEYS[2]) ${ADD}`,
      2,
    );
    for (const phone of ['a', 'b', 'c', 'd']) {
      expect(await add.run([`spec:{${phone}}:n`, `spec:{${phone}}:m`], [7])).toBe(7);
    }
  });

  it('passes a fault of its own on, and refuses a wrong number of keys', async () => {
    const redis = await connect(await startServer());
    await expect(new LuaScript(redis, 'bad', `return redis.call('NOPE')`).run([], [])).rejects.not.toThrow(
      Problem,
    );
    await expect(new LuaScript(redis, 'one', ADD, 1).run([], [])).rejects.toThrow('one takes 1 keys, not 0');
  });
});

describe('a store that is not there', () => {
  const unavailable = { code: 'STORE_UNAVAILABLE', members: { retryAfter: 5 } };

  it('does not stop the start, and a cluster of it neither', async () => {
    const url = await startServer();
    await stopServer();
    await expect(new LuaScript(await connect(url), 'add', ADD).run(['n'], [1])).rejects.toMatchObject(
      unavailable,
    );
    await app?.close();
    await expect(
      new LuaScript(await connect(`${url},${url}`), 'add', ADD).run(['n'], [1]),
    ).rejects.toMatchObject(unavailable);
  });

  it('is a 503 at once, and is used again soon after its return', async () => {
    const url = await startServer();
    const add = new LuaScript(await connect(url), 'add', ADD);
    await add.run(['spec:n'], [1]);
    await stopServer();
    const startedAt = Date.now();
    await expect(add.run(['spec:n'], [1])).rejects.toMatchObject(unavailable);
    await sleep(300);
    await expect(add.run(['spec:n'], [1])).rejects.toMatchObject(unavailable);
    expect(Date.now() - startedAt).toBeLessThan(1_500);

    await startServer({ port: Number(new URL(url).port) });
    await sleep(1_500);
    // The refused runs were not kept for later: only this one counts.
    expect(await add.run(['spec:n'], [1])).toBe(1);
  });

  it('is a 503 within 3 s when it accepts connections and never answers', async () => {
    const sockets: Socket[] = [];
    const silent: Server = createServer((socket) => void sockets.push(socket));
    await new Promise<void>((listening) => silent.listen(0, '127.0.0.1', listening));
    const add = new LuaScript(
      await connect(`redis://127.0.0.1:${(silent.address() as AddressInfo).port}`),
      'add',
      ADD,
    );
    const startedAt = Date.now();
    await expect(add.run(['n'], [1])).rejects.toMatchObject(unavailable);
    expect(Date.now() - startedAt).toBeLessThan(3_000);
    sockets.forEach((socket) => socket.destroy());
    silent.close();
  });
});
