import { execFileSync, spawn, type SpawnOptions } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';

/** A process that a number alone can't be confused with: pids are used again, start times with them are not. */
export interface ProcessIdentity {
  pid: number;
  /** What the system says about the start, as text to compare; empty where it can't be known. */
  startedAt: string;
}

/** How a command that was run to its end came out; `code` is null when it could not be started. */
export interface CommandResult {
  code: number | null;
  output: string;
}

/** Runs a command to its end, never throws, and keeps both of its streams in `output`. */
export function runCommand(command: string, args: string[], options: SpawnOptions): Promise<CommandResult> {
  return new Promise((resolve) => {
    const child = spawn(command, args, { ...options, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    const keep = (chunk: Buffer) => (output += chunk.toString());
    child.stdout?.on('data', keep);
    child.stderr?.on('data', keep);
    child.once('error', (error) => resolve({ code: null, output: error.message }));
    child.once('close', (code) => resolve({ code: code ?? 1, output }));
  });
}

/** Whether the process runs. A zombie doesn't: in a container nobody may ever collect it. */
export function isRunning(pid: number): boolean {
  return answersSignals(pid) && processState(pid) !== 'Z';
}

/** Whether the pid is taken, be it by a zombie. */
export function answersSignals(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'; // somebody else's process
  }
}

/** The command line with its arguments, or '' when it can't be read. */
export function commandLineOf(pid: number): string {
  try {
    if (process.platform === 'linux')
      return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
    return process.platform === 'win32' ? '' : ps(pid, 'command=');
  } catch {
    return '';
  }
}

/** Names a process that runs now, so that {@link isSameProcess} knows it again later. */
export function identify(pid: number): ProcessIdentity {
  return { pid, startedAt: startTimeOf(pid) };
}

/** Whether the process that was identified still runs. */
export function isSameProcess({ pid, startedAt }: ProcessIdentity): boolean {
  return isRunning(pid) && startTimeOf(pid) === startedAt;
}

/** Sends a signal; a process that has already gone is no error. */
export function sendSignal(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

/**
 * Signals a process, ever harder, until it has gone.
 * @param steps each signal with the milliseconds its effect is waited for
 * @returns whether the process has gone
 */
export async function endProcess(pid: number, steps: [NodeJS.Signals, number][]): Promise<boolean> {
  for (const [signal, patience] of steps) {
    if (!isRunning(pid)) return true;
    sendSignal(pid, signal);
    for (const end = Date.now() + patience; isRunning(pid) && Date.now() < end;) await delay(10);
  }
  return !isRunning(pid);
}

function startTimeOf(pid: number): string {
  try {
    if (process.platform === 'linux') return statFields(pid)[19];
    return process.platform === 'win32' ? '' : ps(pid, 'lstart=');
  } catch {
    return '';
  }
}

function processState(pid: number): string {
  try {
    if (process.platform === 'linux') return statFields(pid)[0];
    return process.platform === 'win32' ? '' : ps(pid, 'stat=').charAt(0);
  } catch {
    return '';
  }
}

/** What follows the name in /proc/<pid>/stat: state first, start time (field 22 of proc(5)) at 19. */
function statFields(pid: number): string[] {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  return stat.slice(stat.lastIndexOf(')') + 2).split(' '); // a name may hold blanks and brackets
}

function ps(pid: number, column: string): string {
  return execFileSync('ps', ['-ww', '-o', column, '-p', String(pid)], { encoding: 'utf8' }).trim();
}
