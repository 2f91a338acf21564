import { parseArgs } from 'node:util';
import type { Variables } from './check-configuration';
import type { Finding } from './finding';
import { writeReport } from './report';

/** Where a command writes to. */
export interface Output {
  readonly write: (text: string) => unknown;
  readonly isTTY?: boolean;
}

/** A command that looks at things and says what it found. */
export interface ReportCommand<Flag extends string> {
  readonly help: string;
  /** What it takes besides `--json` and `--help`. */
  readonly flags: readonly Flag[];
  readonly examine: (flags: Readonly<Record<Flag, boolean>>) => Promise<Finding[]>;
}

/** @returns the exit code: 0 when nothing fails, 1 when something does, 2 when it was called wrongly */
export async function runReport<Flag extends string>(
  args: readonly string[],
  { NO_COLOR }: Variables,
  { out, err }: { readonly out: Output; readonly err: Output },
  { help, flags, examine }: ReportCommand<Flag>,
): Promise<0 | 1 | 2> {
  const options = readFlags(args, [...flags, 'json', 'help']);
  if (typeof options === 'string') {
    err.write(`${options}\n\n${help}`);
    return 2;
  }
  if (options.help) {
    out.write(help);
    return 0;
  }
  const findings = await examine(options);
  const isColoured = out.isTTY === true && !NO_COLOR;
  out.write(options.json ? `${JSON.stringify(findings, null, 2)}\n` : writeReport(findings, isColoured));
  return findings.some(({ verdict }) => verdict === 'fail') ? 1 : 0;
}

/** @returns what is wrong with the call, when something is */
function readFlags<Flag extends string>(
  args: readonly string[],
  flags: readonly Flag[],
): Record<Flag, boolean> | string {
  const flag = { type: 'boolean', default: false } as const;
  const options = Object.fromEntries(flags.map((name) => [name, flag]));
  try {
    return parseArgs({ args: [...args], options }).values as Record<Flag, boolean>;
  } catch (error) {
    return (error as Error).message;
  }
}
