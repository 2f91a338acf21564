import { setTimeout as sleep } from 'node:timers/promises';
import { ServerProcess } from '../../src/embedded/server-process';
import { signalTree } from './process-tree';

/** A store of the run's own, to be paused and killed; it comes back on the same address. */
export abstract class FaultyStore {
  abstract readonly url: string;
  private server: ServerProcess;

  protected abstract launch(): Promise<ServerProcess>;

  async start(): Promise<void> {
    this.server = await this.launch();
  }

  /** Connections stay open, and nothing comes through until {@link resume}; then what was sent is carried out. */
  pause(): void {
    // Twice: the first time it may just have made a process.
    for (let turn = 0; turn < 2; turn += 1) signalTree(this.server.pid, 'SIGSTOP');
  }

  resume(): void {
    signalTree(this.server.pid, 'SIGCONT');
  }

  /** Without any chance to write something down. */
  async kill(): Promise<void> {
    this.pause();
    signalTree(this.server.pid, 'SIGKILL');
    await this.server.stop();
    await sleep(100);
  }

  stop(): Promise<void> {
    return this.server.stop();
  }
}
