import { spawn, type ChildProcess, type SpawnOptions } from 'node:child_process';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { endProcess, sendSignal } from './processes';

/** One server program to be started and waited for. */
export interface ServerCommand {
  /** What messages call it. */
  name: string;
  command: string;
  args: string[];
  options?: SpawnOptions;
  /** What it prints once it takes connections. */
  readyLine: RegExp;
  /** How to ask it to stop, ever harder: signal and milliseconds of patience. */
  stopSteps: [NodeJS.Signals, number][];
  log: (message: string) => void;
}

const START_PATIENCE_MS = 30_000;
const KEPT_OUTPUT = 4_000;

/** A server in a process of its own, which doesn't keep this one alive. */
export class ServerProcess {
  private output = '';
  private stopping = false;

  private constructor(
    private readonly child: ChildProcess,
    private readonly server: ServerCommand,
  ) {}

  /**
   * Starts a server and waits until it says that it is ready.
   * @returns the server and the match of its `readyLine`
   * @throws {Error} with the server's last words when it ends before that
   */
  static async launch(server: ServerCommand): Promise<[ServerProcess, RegExpExecArray]> {
    // Detached: Ctrl-C goes to the whole process group, and the stores must outlive the app's own shutdown.
    const child = spawn(server.command, server.args, {
      stdio: ['ignore', 'pipe', 'pipe'],
      cwd: '/',
      windowsHide: true,
      ...server.options,
      detached: true,
    });
    const started = new ServerProcess(child, server);
    const ready = await started.untilReady();
    started.letGo();
    return [started, ready];
  }

  get pid(): number {
    return this.child.pid as number;
  }

  async stop(): Promise<void> {
    this.stopping = true;
    await endProcess(this.pid, this.server.stopSteps);
  }

  /** For an `exit` handler, where nothing can be awaited: asks the server to stop. */
  signalAtExit(): void {
    sendSignal(this.pid, this.server.stopSteps[0][0]);
  }

  private untilReady(): Promise<RegExpExecArray> {
    const { child, server } = this;
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        child.kill('SIGKILL');
        reject(this.failure(`was not ready after ${START_PATIENCE_MS / 1000} s`));
      }, START_PATIENCE_MS);
      const read = (chunk: Buffer) => {
        this.output = (this.output + chunk.toString()).slice(-KEPT_OUTPUT);
        const match = server.readyLine.exec(this.output);
        if (match) settle(() => resolve(match));
      };
      const settle = (outcome: () => void) => {
        clearTimeout(timer);
        outcome();
      };
      child.stdout?.on('data', read);
      child.stderr?.on('data', read);
      child.once('error', (error) => settle(() => reject(this.failure(error.message))));
      // 'close', not 'exit': only then its last words have all arrived.
      child.once('close', (code, signal) => settle(() => reject(this.failure(`ended (${signal ?? code})`))));
    });
  }

  private letGo(): void {
    const { child } = this;
    child.unref();
    child.channel?.unref();
    for (const stream of [child.stdout, child.stderr]) (stream as Socket | null)?.unref();
    child.once('exit', (code, signal) => {
      if (!this.stopping) this.server.log(this.failure(`ended unexpectedly (${signal ?? code})`).message);
    });
  }

  private failure(what: string): Error {
    return new Error(`${this.server.name} ${what}: ${this.output.trim().split('\n').slice(-5).join('\n')}`);
  }
}

/** A port that is free on the loopback address at this moment. */
export function findFreePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer().once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });
}
