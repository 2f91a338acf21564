import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventually } from './support/eventually';
import { buildIfNeeded } from './support/service-process';

const BUILD_MS = 120_000;
const STORY_MS = 60_000;

jest.setTimeout(STORY_MS + 30_000);

/** `npm run demo`, leader of a process group as in a terminal, with a temporary folder of its own. */
class Demo {
  output = '';
  readonly exit: Promise<number | null>;
  readonly temporary = mkdtempSync(join(tmpdir(), 'gatecode-demo-spec-'));
  readonly child: ChildProcess;

  constructor(...options: string[]) {
    chmodSync(this.temporary, 0o711); // under root PostgreSQL runs as somebody else, who must get through
    const { PATH = '', HOME = '' } = process.env;
    this.child = spawn(process.execPath, [join(__dirname, '..', 'scripts', 'demo.mjs'), ...options], {
      env: { PATH, HOME, TMPDIR: this.temporary },
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
    });
    for (const stream of [this.child.stdout!, this.child.stderr!])
      stream.setEncoding('utf8').on('data', (text: string) => (this.output += text));
    this.exit = once(this.child, 'close').then(([code]) => code as number | null);
  }

  /** The first group of a pattern in what it wrote, once it is there. */
  said(pattern: RegExp): Promise<string> {
    const read = () => {
      if (this.child.exitCode !== null) throw new Error(`The demo ended by itself:\n${this.output}`);
      return pattern.exec(this.output)?.[1];
    };
    return eventually(`${pattern} of the demo`, read, STORY_MS);
  }

  /** What a terminal does on Ctrl-C: every process of the group gets it. */
  interrupt(): void {
    process.kill(-this.child.pid!, 'SIGINT');
  }

  async expectNothingLeft(atLeast = 3): Promise<void> {
    const addresses = this.output.match(/(?<=(^ {2}\w+ +|It listens at ))http:\S+$/gm) ?? [];
    expect(addresses.length).toBeGreaterThanOrEqual(atLeast);
    for (const address of addresses) await expect(fetch(address)).rejects.toThrow('fetch failed');
    expect(readdirSync(this.temporary)).toEqual([]);
  }

  remove(): void {
    this.child.kill('SIGKILL');
    rmSync(this.temporary, { recursive: true, force: true });
  }
}

let demo: Demo;
const run = (...options: string[]) => (demo = new Demo(...options));

beforeAll(buildIfNeeded, BUILD_MS);
afterEach(() => demo.remove());

// That the stories end well is what the gate runs them for.
describe('npm run demo', () => {
  it('tells of its stories by --help', async () => {
    expect(await run('--help').exit).toBe(0);
    expect(demo.output).toMatch(/npm run demo -- --register-steps/);
    expect(demo.output).toMatch(/npm run demo -- --faults/);
  });

  it.each(['--url', '--simulator'])('plays faults on nothing but what is its own (%s)', async (option) => {
    expect(await run('--faults', option, 'http://127.0.0.1:9').exit).toBe(2);
    expect(demo.output).toMatch(`leave out ${option}`);
  });
});

describe('npm run demo -- --register-steps', () => {
  it('tells its story once at a time', async () => {
    expect(await run('--register-steps', '--faults').exit).toBe(2);
    expect(demo.output).toMatch('one story at a time');
  });

  it('leaves nothing behind when it is interrupted', async () => {
    await run('--register-steps').said(/(1\. The number)/);
    demo.interrupt();
    expect(await demo.exit).toBe(130);
    expect(demo.output).not.toMatch(/Demo (failed|passed)/);
    await demo.expectNothingLeft(1);
  });
});

describe('npm run demo -- --faults', () => {
  it.each<[string, RegExp, () => void, number]>([
    ['Ctrl-C in the middle of it', /(3\. Tencent goes down)/, () => demo.interrupt(), 130],
    ['Ctrl-C while its service starts', /(Starting a service)/, () => demo.interrupt(), 130],
    ['SIGTERM', /(2\. All is well)/, () => demo.child.kill('SIGTERM'), 143],
  ])('leaves nothing behind after %s', async (_, moment, stop, code) => {
    await run('--faults').said(moment);
    stop();
    expect(await demo.exit).toBe(code);
    expect(demo.output).not.toMatch(/Demo (failed|passed)/);
    await demo.expectNothingLeft();
  });

  it('fails when something is not as it tells, and leaves nothing behind', async () => {
    const tencent = await run('--faults').said(/^ {2}tencent +(\S+)$/m);
    const fault = { kind: 'refuse', code: 'FailedOperation.PhoneNumberInBlacklist' };
    await fetch(`${tencent}/__faults`, { method: 'POST', body: JSON.stringify(fault) });
    expect(await demo.exit).toBe(1);
    expect(demo.output).toMatch(/Demo failed at step 1 .*: there was no message at tencent within 5 s/);
    await demo.expectNothingLeft();
  });
});
