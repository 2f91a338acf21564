import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { REDIS_CHILD } from '../../src/embedded/redis-child';
import { findFreePort, ServerProcess } from '../../src/embedded/server-process';
import { FaultyStore } from './faulty-store';

/** A Redis that keeps nothing: the one on the PATH, else js-redis-server. */
export class FaultyRedis extends FaultyStore {
  readonly url: string;

  private constructor(private readonly port: number) {
    super();
    this.url = `redis://127.0.0.1:${port}`;
  }

  static async prepare(): Promise<FaultyRedis> {
    return new FaultyRedis(await findFreePort());
  }

  /** A new one, which knows nothing. */
  async startEmpty(): Promise<void> {
    await this.kill();
    await this.start();
  }

  protected async launch(): Promise<ServerProcess> {
    const real = onPath('redis-server') ?? onPath('valkey-server');
    const [server] = await ServerProcess.launch({
      ...(real ? this.real(real) : this.js()),
      name: 'Redis',
      stopSteps: [['SIGKILL', 1_000]],
      log: () => undefined,
    });
    return server;
  }

  private real(command: string) {
    const args = ['--port', String(this.port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no'];
    return { command, args, readyLine: /ready to accept connections/i };
  }

  private js() {
    // The package takes any free port; here it has to be the one of before.
    const samePort = `
      const { Server: Listener } = require('node:net');
      const listenAnywhere = Listener.prototype.listen;
      Listener.prototype.listen = function (options) {
        return listenAnywhere.call(this, { ...options, port: ${this.port} });
      };`;
    return {
      command: process.execPath,
      args: ['-e', samePort + REDIS_CHILD, 'faulty-redis', require.resolve('js-redis-server')],
      options: { stdio: ['ignore', 'pipe', 'pipe', 'ipc' as const] as ['ignore', 'pipe', 'pipe', 'ipc'] },
      readyLine: /ready on \S+ port (\d+)/,
    };
  }
}

function onPath(program: string): string | undefined {
  return (process.env.PATH ?? '')
    .split(delimiter)
    .map((folder) => join(folder, program))
    .find((file) => existsSync(file));
}
