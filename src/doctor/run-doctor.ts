import { parseArgs } from 'node:util';
import type { Variables } from './check-configuration';
import { examine } from './examine';
import { writeReport } from './report';

const HELP = `Looks over the configuration in the environment and everything it leads to. Starts nothing, sends no message.

  npm run doctor                    configuration, stores, and whether the gateways can be reached
  npm run doctor -- --live          asks the gateways and the store of files too: credentials, clock, signature,
                                    template, balance, bucket
  npm run -s doctor -- --json       the same as one JSON array
  npm run doctor -- --help          this text

One line each: ok, warn or fail, the subject, what was found, and what to do about it.
The exit code is 0 when nothing fails, 1 when something does, 2 when it was called wrongly.
`;

/** Where the doctor writes to. */
export interface Output {
  readonly write: (text: string) => unknown;
  readonly isTTY?: boolean;
}

/** @returns the exit code */
export async function runDoctor(
  args: readonly string[],
  variables: Variables,
  { out, err }: { readonly out: Output; readonly err: Output },
): Promise<0 | 1 | 2> {
  const options = readOptions(args);
  if (typeof options === 'string') {
    err.write(`${options}\n\n${HELP}`);
    return 2;
  }
  if (options.help) {
    out.write(HELP);
    return 0;
  }
  const findings = await examine(variables, options.live);
  const coloured = out.isTTY === true && !variables.NO_COLOR;
  out.write(options.json ? `${JSON.stringify(findings, null, 2)}\n` : writeReport(findings, coloured));
  return findings.some(({ verdict }) => verdict === 'fail') ? 1 : 0;
}

interface DoctorOptions {
  readonly live: boolean;
  readonly json: boolean;
  readonly help: boolean;
}

/** @returns what is wrong with the call, when something is */
function readOptions(args: readonly string[]): DoctorOptions | string {
  const flag = { type: 'boolean', default: false } as const;
  try {
    return parseArgs({ args: [...args], options: { live: flag, json: flag, help: flag } }).values;
  } catch (error) {
    return (error as Error).message;
  }
}
