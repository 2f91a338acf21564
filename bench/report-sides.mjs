// What is said of services that were measured beside each other: sending, failover, ageing.
import { AGEING_AIM, FAILOVER_AIM, SENDING_AIM, SENDING_P99_AIM } from './options.mjs';
import { table, verdict } from './table.mjs';
import { median } from './turns.mjs';

export function reportOnSending({ rounds, most }) {
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

export function sendingLines({ ratio, p99, most, rates, accepted, met }) {
  return [
    `sending, 256 connections: ${rates.gateway.toFixed(0)}/s through a gateway that answers after 200 ms, ` +
      `${rates.noop.toFixed(0)}/s through none; ratio ${ratio.toFixed(2)}, p99 ${p99.toFixed(0)} ms ` +
      `(aim >= ${SENDING_AIM}, <= ${SENDING_P99_AIM} ms: ${verdict(met)})`,
    `sending: ${accepted} accepted, all of them taken by the gateway, at the most ${most} calls under way at once`,
  ];
}

export function reportOnFailover({ ms, probes }) {
  const [open, plain] = [median(ms.open), median(ms.plain)];
  const added = open - plain;
  return { open, plain, added, pairs: ms.open.length, probes, aim: FAILOVER_AIM, met: added < FAILOVER_AIM };
}

export function failoverLines({ open, plain, added, pairs, probes, aim, met }) {
  const lines = [
    `failover: the message is at its gateway ${open.toFixed(2)} ms after the start when the circuit of the first ` +
      `gateway is open, ${plain.toFixed(2)} ms when there is no other`,
    `failover: adds ${added.toFixed(2)} ms (aim < ${aim} ms: ${verdict(met)}); medians of ${pairs} pairs in turns`,
  ];
  if (probes > 0) lines.push(`failover: left out ${probes} messages that tried the broken gateway again`);
  return lines;
}

export function reportOnAgeing({ operations, stores }, { old, pairs }) {
  const each = Object.entries(operations).map(([name, times]) => {
    const medians = { new: median(times.new), old: median(times.old) };
    const ratio = medians.old / medians.new;
    return [name, { ...medians, ratio, samples: times.old.length, met: ratio <= AGEING_AIM }];
  });
  return {
    messages: old,
    keys: old,
    pairs,
    stores: stores.replace(/, data in [^;]*/, ''),
    operations: Object.fromEntries(each),
    aim: AGEING_AIM,
    met: each.every(([, { met }]) => met),
  };
}

const AGEING_COLUMNS = [
  ['ageing', (name) => name],
  ['new ms', (_, each) => each.new.toFixed(2)],
  ['old ms', (_, each) => each.old.toFixed(2)],
  ['old / new', (_, { ratio }) => ratio.toFixed(3)],
  ['aim', (_, { met }) => `<= ${AGEING_AIM.toFixed(2)} ${verdict(met)}`],
];

export function ageingLines({ messages, keys, pairs, stores, operations }) {
  return [
    ...table(AGEING_COLUMNS, Object.entries(operations)),
    `ageing: old is a service with ${messages} old messages and ${keys} old Redis keys, new one without; medians of ` +
      `${pairs} pairs in turns`,
    `ageing: ${stores}`,
  ];
}
