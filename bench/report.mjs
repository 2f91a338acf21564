import { cpus } from 'node:os';
import { AIMS, MEMORY_AIM, SENDING_AIM, SENDING_P99_AIM, STARTUP_AIM } from './options.mjs';

/** @param rounds for each operation a list of `{bare, service}`, the figures of one slice each */
export function reportOn({ options, stores, startup, memory, rounds, sending }) {
  return {
    node: process.version,
    cpus: cpus().length,
    stores,
    seconds: options.seconds,
    connections: options.connections,
    startup: startup && { ...startup, aim: STARTUP_AIM, met: startup.later <= STARTUP_AIM },
    sending: sending && reportOnSending(sending),
    memory: { idle: memory, aim: MEMORY_AIM, met: memory <= MEMORY_AIM },
    operations: Object.fromEntries(Object.entries(rounds).map(([name, each]) => [name, compare(name, each)])),
  };
}

function reportOnSending({ rounds, most }) {
  const ratio = median(rounds.map(({ noop, gateway }) => gateway.rate / noop.rate));
  const p99 = median(rounds.map(({ gateway }) => gateway.p99));
  const [noop, gateway] = ['noop', 'gateway'].map((side) => median(rounds.map((round) => round[side].rate)));
  return {
    ratio,
    p99,
    most,
    rates: { noop, gateway },
    accepted: rounds.reduce((sum, round) => sum + round.gateway.requests, 0),
    met: ratio >= SENDING_AIM && p99 <= SENDING_P99_AIM,
  };
}

function compare(name, rounds) {
  const ratio = median(rounds.map(({ bare, service }) => service.rate / bare.rate));
  const side = (which) =>
    Object.fromEntries(
      ['rate', 'p50', 'p99', 'cpuPerRequest'].map((figure) => [
        figure,
        median(rounds.map((round) => round[which][figure])),
      ]),
    );
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

export function asText({ startup, memory, operations, sending, ...run }) {
  const lines = [
    `Node ${run.node}, ${run.cpus} CPUs; ${run.connections} connections, slices of ${run.seconds} s; medians.`,
    `Stores: ${run.stores}. The access log goes to a file.`,
    '',
  ];
  if (Object.keys(operations).length > 0) lines.push(...table(operations), '');
  for (const { service, dispatched } of operations.start?.rounds ?? []) {
    const { sent, ms } = dispatched;
    lines.push(
      `start: ${service.requests} accepted, ${sent} dispatched, the last ${ms.toFixed(0)} ms after the slice`,
    );
  }
  if (sending) {
    const { ratio, p99, most, rates, accepted, met } = sending;
    lines.push(
      `sending, 256 connections: ${rates.gateway.toFixed(0)}/s through a gateway that answers after 200 ms, ` +
        `${rates.noop.toFixed(0)}/s through none; ratio ${ratio.toFixed(2)}, p99 ${p99.toFixed(0)} ms ` +
        `(aim >= ${SENDING_AIM}, <= ${SENDING_P99_AIM} ms: ${verdict(met)})`,
      `sending: ${accepted} accepted, all of them taken by the gateway, at the most ${most} calls under way at once`,
    );
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

function table(operations) {
  const rows = Object.entries(operations).map(([name, each]) => COLUMNS.map(([, cell]) => cell(name, each)));
  const head = COLUMNS.map(([title]) => title);
  const widths = head.map((title, index) => Math.max(title.length, ...rows.map((row) => row[index].length)));
  const line = (cells) =>
    cells
      .map((cell, index) => (index === 0 ? cell.padEnd(widths[0]) : cell.padStart(widths[index])))
      .join('  ');
  return [head, ...rows].map(line);
}

const verdict = (met) => (met ? 'met' : 'missed');

function median(values) {
  const sorted = [...values].sort((one, other) => one - other);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** What {@link summarise} found, for people. */
export function profileText(operation, { busy, self, total }) {
  const list = (title, entries) => [
    `  ${title}`,
    ...entries.map(([name, share]) => `  ${(share * 100).toFixed(1).padStart(6)} %  ${name}`),
  ];
  return [
    `${operation}: busy ${(busy * 100).toFixed(0)} % of the time; shares of that`,
    ...list('self time by package', self.byPackage),
    ...list('self time by function', self.byFunction),
    ...list('total time by function', total.byFunction),
    '',
  ].join('\n');
}
