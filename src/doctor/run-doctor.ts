import type { Variables } from './check-configuration';
import { examine } from './examine';
import { type Output, runReport } from './run-report';

const HELP = `Looks over the configuration in the environment and everything it leads to. Starts nothing, sends no message.

  npm run doctor                    configuration, stores, and whether the gateways can be reached
  npm run doctor -- --live          asks the gateways and the store of files too: credentials, clock, signature,
                                    template, balance, bucket
  npm run -s doctor -- --json       the same as one JSON array
  npm run doctor -- --help          this text

One line each: ok, warn or fail, the subject, what was found, and what to do about it.
The exit code is 0 when nothing fails, 1 when something does, 2 when it was called wrongly.
`;

/** @returns the exit code */
export function runDoctor(
  args: readonly string[],
  variables: Variables,
  outputs: { readonly out: Output; readonly err: Output },
): Promise<0 | 1 | 2> {
  const examineAll = ({ live }: { readonly live: boolean }) => examine(variables, live);
  return runReport(args, variables, outputs, { help: HELP, flags: ['live'], examine: examineAll });
}
