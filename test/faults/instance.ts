import { setTimeout as sleep } from 'node:timers/promises';
import { type Exit, ServiceProcess } from '../support/service-process';

const START_MS = 60_000;
const LOOK_EVERY_MS = 50;
const PROBE_MS = 1_000;

/** One instance of the built service, on an address that outlives its processes. */
export class Instance {
  /** Whether requests are sent to it. */
  isUp = false;
  private process?: ServiceProcess;
  private words = '';

  constructor(
    readonly number: number,
    private readonly dist: string,
    private readonly port: number,
    private readonly variables: Readonly<Record<string, string>>,
  ) {}

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  /** Everything its processes wrote. */
  get output(): string {
    return this.words + (this.process?.output ?? '');
  }

  /**
   * Starts a process and waits until it is ready, or has died where it was told to.
   * @param changes to its environment
   */
  async start(changes: Readonly<Record<string, string>> = {}): Promise<void> {
    this.words = this.output;
    const process = new ServiceProcess({ ...this.variables, PORT: String(this.port), ...changes }, this.dist);
    this.process = process;
    void process.exit.then(() => {
      if (this.process === process) this.isUp = false;
    });
    for (const until = Date.now() + START_MS; !process.hasEnded; await sleep(LOOK_EVERY_MS)) {
      if (await this.isReady()) break;
      if (Date.now() > until) throw new Error(`Instance ${this.number} is not ready:\n${process.output}`);
    }
    if (process.hasEnded && !changes.CRASH_AT)
      throw new Error(`Instance ${this.number} ended by itself:\n${process.output}`);
    this.isUp = !process.hasEnded;
  }

  async isReady(): Promise<boolean> {
    const answer = await fetch(`${this.url}/readyz`, { signal: AbortSignal.timeout(PROBE_MS) }).catch(
      () => undefined,
    );
    return answer?.status === 200;
  }

  /** How its process ends. */
  get exit(): Promise<Exit> {
    return this.process!.exit;
  }

  get lastWords(): string {
    return this.process?.output ?? '';
  }

  /** @returns how it ended */
  end(signal: NodeJS.Signals): Promise<Exit> {
    return this.process!.end(signal);
  }

  signal(signal: NodeJS.Signals): void {
    this.process?.signal(signal);
  }
}
