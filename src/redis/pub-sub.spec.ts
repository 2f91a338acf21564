import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { Test, type TestingModule } from '@nestjs/testing';
import { eventually } from '../../test/support/eventually';
import { PubSub } from './pub-sub';
import { RedisModule } from './redis.module';

const apps: TestingModule[] = [];
let server: ChildProcess;

/** In a child, so that it can be killed. @returns the port */
async function startServer(port = 0): Promise<number> {
  const script = `
    process.on('disconnect', () => process.exit());
    require('js-redis-server').createRedisMock({ port: ${port} }).then((mock) => process.send(mock.addresses()));`;
  server = spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
  const [[address]] = (await once(server, 'message')) as [{ port: number }[]];
  return address.port;
}

async function stopServer(): Promise<void> {
  const exited = once(server, 'exit');
  server.kill('SIGKILL');
  await exited;
}

async function instance(port: number): Promise<PubSub> {
  const url = `redis://127.0.0.1:${port}`;
  const app = await Test.createTestingModule({
    imports: [RedisModule.forRoot({ url, prefix: 'spec:' })],
  }).compile();
  await app.init();
  apps.push(app);
  return app.get(PubSub);
}

afterEach(async () => {
  await Promise.all(apps.splice(0).map((app) => app.close()));
  await stopServer();
});

/** A word that is said before somebody listens is lost: it is said until it is heard. */
const saidUntil = (speaker: PubSub, channel: string, word: string, heard: () => boolean) =>
  eventually(`"${word}"`, () => {
    speaker.publish(channel, word);
    return heard();
  });

describe('words between instances', () => {
  it('reach all instances, the speaker too, on their channel only', async () => {
    const port = await startServer();
    const [one, other] = [await instance(port), await instance(port)];
    const heard: string[] = [];
    one.subscribe('news', (word) => heard.push(`one ${word}`));
    other.subscribe('news', (word) => heard.push(`other ${word}`));
    other.subscribe('weather', (word) => heard.push(`weather ${word}`));
    await saidUntil(one, 'news', 'hello', () => heard.includes('one hello') && heard.includes('other hello'));
    expect(heard).not.toContain('weather hello');
  });

  it('are heard again after an outage, and the listener is told that it may have missed some', async () => {
    const port = await startServer();
    const [speaker, listener] = [await instance(port), await instance(port)];
    const heard: string[] = [];
    let ready = 0;
    listener.subscribe(
      'news',
      (word) => heard.push(word),
      () => (ready += 1),
    );
    await saidUntil(speaker, 'news', 'before', () => heard.includes('before'));
    await stopServer();
    const readyBefore = ready;
    await startServer(port);
    await saidUntil(speaker, 'news', 'after', () => heard.includes('after'));
    expect(ready).toBeGreaterThan(readyBefore);
  });

  it('miss nobody who was told that listening has begun', async () => {
    const port = await startServer();
    const [speaker, listener] = [await instance(port), await instance(port)];
    for (let turn = 0; turn < 20; turn += 1) {
      const heard = new Promise((resolve) =>
        listener.subscribe(`news ${turn}`, resolve, () => speaker.publish(`news ${turn}`, 'hello')),
      );
      await expect(heard).resolves.toBe('hello');
    }
  });

  it('that make a listener fail do not silence the others', async () => {
    const port = await startServer();
    const pubSub = await instance(port);
    const heard: string[] = [];
    pubSub.subscribe('news', () => {
      throw new Error('not today');
    });
    pubSub.subscribe('news', (word) => heard.push(word));
    await saidUntil(pubSub, 'news', 'hello', () => heard.includes('hello'));
  });
});
