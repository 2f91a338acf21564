import { readdirSync, readFileSync } from 'node:fs';
import { sendSignal } from '../../src/embedded/processes';

/** Signals a process and all that descend from it; PostgreSQL's are each the leader of a group of their own. */
export function signalTree(pid: number, signal: NodeJS.Signals): void {
  const parents = processes();
  for (const each of [pid, ...descendantsOf(pid, parents)]) sendSignal(each, signal);
}

/** Ends all that descend from a process, at once. */
export function killDescendants(pid: number): void {
  for (const each of descendantsOf(pid, processes())) sendSignal(each, 'SIGKILL');
}

/** Parent of every process that runs, by /proc: Linux only. */
function processes(): Map<number, number> {
  const parents = new Map<number, number>();
  for (const name of readdirSync('/proc').filter((entry) => /^\d+$/.test(entry))) {
    try {
      const stat = readFileSync(`/proc/${name}/stat`, 'utf8');
      parents.set(Number(name), Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]));
    } catch {
      // It ended meanwhile.
    }
  }
  return parents;
}

function descendantsOf(pid: number, parents: ReadonlyMap<number, number>): number[] {
  const children = [...parents].filter(([, parent]) => parent === pid).map(([child]) => child);
  return children.flatMap((child) => [child, ...descendantsOf(child, parents)]);
}
