import { parseArgs } from 'node:util';
import { SCENARIOS } from './matrix';
import type { Scenario } from './scenario';

export const HELP = `Usage: npm run test:faults [-- options]

Breaks the built service, its stores and its gateways under load, and holds the ledgers of clients, gateways and the
outbox against the promises. Linux only. Stores are started for the run and deleted with it.

  --only crash,budget  scenarios whose names begin so; default all
  --instances 1,3      how many instances each is played on
  --rounds 50          kills at each crash point
  --slow               outages last five minutes instead of twenty seconds
  --dist folder        a build to break; default: dist/, brought up to date
  --keep folder        where the logs of runs that failed go; default: the system's temporary folder
  --help

${SCENARIOS.map(({ name, what }) => `  ${name.padEnd(20)} ${what}`).join('\n')}

At the end a table. The exit code is 1 when a promise was broken; the lines of the ledgers that show it are printed.
`;

export interface Options {
  readonly help: boolean;
  readonly scenarios: readonly Scenario[];
  readonly instances: readonly number[];
  readonly rounds: number;
  readonly isSlow: boolean;
  readonly dist?: string;
  readonly keep?: string;
}

/** @throws {Error} with a text for people */
export function readOptions(args: readonly string[]): Options {
  const { values } = parseArgs({
    args: [...args],
    options: {
      only: { type: 'string', default: '' },
      instances: { type: 'string', default: '1,3' },
      rounds: { type: 'string', default: '50' },
      slow: { type: 'boolean', default: false },
      dist: { type: 'string' },
      keep: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  });
  return {
    help: values.help,
    scenarios: named(values.only.split(',').map((name) => name.trim())),
    instances: values.instances.split(',').map((count) => whole('instances', count, 9)),
    rounds: whole('rounds', values.rounds, 1_000),
    isSlow: values.slow,
    dist: values.dist,
    keep: values.keep,
  };
}

function named(prefixes: readonly string[]): Scenario[] {
  const unknown = prefixes.find((prefix) => !SCENARIOS.some(({ name }) => name.startsWith(prefix)));
  if (unknown !== undefined)
    throw new Error(`--only names "${unknown}"; there are ${SCENARIOS.map(({ name }) => name).join(', ')}`);
  return SCENARIOS.filter(({ name }) => prefixes.some((prefix) => name.startsWith(prefix)));
}

function whole(name: string, text: string, most: number): number {
  const value = Number(text);
  if (Number.isInteger(value) && value >= 1 && value <= most) return value;
  throw new Error(`--${name} must be whole numbers from 1 to ${most}`);
}
