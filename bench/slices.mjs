import { median } from './turns.mjs';

/**
 * One slice of load on one process.
 * @param load what load.mjs takes
 * @returns the slice's figures, and the CPU time that the process took for it: `cpu` in milliseconds, `cpuPerRequest` in
 * microseconds
 * @throws {Error} with the first answer that was no 2xx
 */
export async function slice(loader, target, load) {
  const before = await target.child.ask('usage');
  const figures = await loader.ask('load', load);
  const after = await target.child.ask('usage');
  const { count, first } = figures.bad;
  if (count > 0) {
    throw new Error(
      `${load.operation}: ${count} bad answers of ${target.name}; the first: ${first.status} ${first.text}\n` +
        `Its last words:\n${target.child.lastWords()}`,
    );
  }
  const cpu = after.cpu.user + after.cpu.system - before.cpu.user - before.cpu.system;
  return { ...figures, cpu: cpu / 1_000, cpuPerRequest: cpu / figures.requests };
}

/** Medians of what slices of one kind measured. */
export function mediansOf(slices) {
  const names = ['rate', 'p50', 'p99', 'cpuPerRequest'];
  return Object.fromEntries(names.map((name) => [name, median(slices.map((figures) => figures[name]))]));
}
