import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { join } from 'node:path';
import request from 'supertest';
import { eventually } from './eventually';

const ROOT = join(__dirname, '..', '..');
/** Long enough for a first start on embedded stores, which makes a database. */
const START_MS = 60_000;

/** Brings dist/ up to date, as `npm start` does. */
export function buildIfNeeded(): void {
  const { status, stdout, stderr } = spawnSync(process.execPath, ['scripts/build-if-needed.mjs'], {
    cwd: ROOT,
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(`The build failed:\n${stdout}${stderr}`);
}

export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** The built service as a process of its own, and leader of a process group as in a terminal. */
export class ServiceProcess {
  /** Everything it wrote, to standard output and standard error. */
  output = '';
  readonly exit: Promise<Exit>;
  private readonly child: ChildProcess;

  /**
   * @param variables all of its environment but PATH, HOME and the platform
   * @param dist folder of the build
   */
  constructor(variables: Readonly<Record<string, string>>, dist = join(ROOT, 'dist')) {
    const { PATH = '', HOME = '', HTTP_ADAPTER = 'express' } = process.env;
    this.child = spawn(process.execPath, [join(dist, 'src', 'main.js')], {
      cwd: ROOT,
      env: { PATH, HOME, HTTP_ADAPTER, ...variables },
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
    });
    for (const stream of [this.child.stdout!, this.child.stderr!]) {
      stream.setEncoding('utf8').on('data', (text: string) => (this.output += text));
    }
    this.exit = once(this.child, 'close').then(([code, signal]) => ({
      code: code as number | null,
      signal: signal as NodeJS.Signals | null,
    }));
  }

  /** Starts on given stores and waits until requests are answered. */
  static async ready(variables: Readonly<Record<string, string>>): Promise<ServiceProcess> {
    const service = new ServiceProcess({ NODE_ENV: 'test', PORT: '0', ...variables });
    await service.listening();
    return service;
  }

  get pid(): number {
    return this.child.pid!;
  }

  /** Where it says that it listens. */
  get url(): string {
    return /API +(http:\/\/\S+)\/v1/.exec(this.output)?.[1] ?? '';
  }

  get api(): ReturnType<typeof request> {
    return request(this.url);
  }

  get hasEnded(): boolean {
    return this.child.exitCode !== null || this.child.signalCode !== null;
  }

  async listening(): Promise<void> {
    await eventually('address of the service', () => this.url || this.hasEnded, START_MS);
    if (this.hasEnded) throw new Error(`The service ended by itself:\n${this.output}`);
  }

  signal(signal: NodeJS.Signals): void {
    if (!this.hasEnded) this.child.kill(signal);
  }

  /** What a terminal does on Ctrl-C: every process of the group gets it. */
  interrupt(): void {
    process.kill(-this.pid, 'SIGINT');
  }

  /** @returns how it ended, once everything it wrote has been read */
  async end(signal: NodeJS.Signals): Promise<Exit> {
    this.signal(signal);
    return this.exit;
  }
}

/** 32 random bytes, as an operator makes them. */
export function newSecretKey(): string {
  return randomBytes(32).toString('base64');
}
