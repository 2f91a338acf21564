import { cpus } from 'node:os';
import { AIMS, MEMORY_AIM, STARTUP_AIM } from './options.mjs';
import { PARTS } from './parts.mjs';
import { mediansOf } from './slices.mjs';
import { table, verdict } from './table.mjs';
import { median } from './turns.mjs';

/**
 * @param rounds for each operation a list of `{bare, service}`, the figures of one slice each
 * @param beside what the parts with services of their own measured
 */
export function reportOn({ options, stores, startup, memory, rounds, beside }) {
  const parts = Object.entries(beside).map(([name, measured]) => [
    name,
    PARTS[name].report(measured, options),
  ]);
  return {
    node: process.version,
    cpus: cpus().length,
    stores,
    seconds: options.seconds,
    connections: options.connections,
    startup: startup && { ...startup, aim: STARTUP_AIM, met: startup.later <= STARTUP_AIM },
    ...Object.fromEntries(parts),
    memory: { idle: memory, aim: MEMORY_AIM, met: memory <= MEMORY_AIM },
    operations: Object.fromEntries(Object.entries(rounds).map(([name, each]) => [name, compare(name, each)])),
  };
}

function compare(name, rounds) {
  const ratio = median(rounds.map(({ bare, service }) => service.rate / bare.rate));
  const side = (which) => mediansOf(rounds.map((round) => round[which]));
  const bad = rounds.reduce((sum, { bare, service }) => sum + bare.bad.count + service.bad.count, 0);
  return {
    bare: side('bare'),
    service: side('service'),
    ratio,
    aim: AIMS[name],
    met: ratio >= AIMS[name],
    bad,
    rounds,
  };
}

export function asText({ startup, memory, operations, ...run }) {
  const lines = [
    `Node ${run.node}, ${run.cpus} CPUs; ${run.connections} connections, slices of ${run.seconds} s; medians.`,
    `Stores: ${run.stores}. The access log goes to a file.`,
    '',
  ];
  if (Object.keys(operations).length > 0) lines.push(...table(COLUMNS, Object.entries(operations)), '');
  for (const { service, dispatched } of operations.start?.rounds ?? []) {
    const { sent, ms } = dispatched;
    lines.push(
      `start: ${service.requests} accepted, ${sent} dispatched, the last ${ms.toFixed(0)} ms after the slice`,
    );
  }
  for (const [name, { lines: linesOf }] of Object.entries(PARTS)) {
    if (name in run) lines.push(...linesOf(run[name]), '');
  }
  if (startup) {
    const { first, later } = startup;
    lines.push(
      `Ready with embedded stores: first start ${first.toFixed(1)} s, later ${later.toFixed(1)} s` +
        `   (aim <= ${startup.aim} s: ${verdict(startup.met)})`,
    );
  }
  lines.push(
    `Idle memory: ${memory.idle.toFixed(0)} MiB   (aim <= ${memory.aim} MiB: ${verdict(memory.met)})`,
  );
  return `${lines.join('\n')}\n`;
}

const COLUMNS = [
  ['operation', (name) => name],
  ['bare req/s', (_, { bare }) => bare.rate.toFixed(0)],
  ['service req/s', (_, { service }) => service.rate.toFixed(0)],
  ['ratio', (_, { ratio }) => ratio.toFixed(3)],
  ['aim', (_, { aim, met }) => `>= ${aim.toFixed(2)} ${verdict(met)}`],
  ['p50 ms', (_, { service }) => service.p50.toFixed(1)],
  ['p99 ms', (_, { service }) => service.p99.toFixed(1)],
  ['bare p50', (_, { bare }) => bare.p50.toFixed(1)],
  ['bare p99', (_, { bare }) => bare.p99.toFixed(1)],
  ['CPU us/req', (_, { service }) => service.cpuPerRequest.toFixed(0)],
  ['bare', (_, { bare }) => bare.cpuPerRequest.toFixed(0)],
  ['non-2xx', (_, { bad }) => String(bad)],
];
