import { runDoctor } from './run-doctor';

/** A socket that a store or gateway keeps open must not keep this process. */
const LINGER_MS = 500;

void runDoctor(process.argv.slice(2), process.env, { out: process.stdout, err: process.stderr }).then(
  (exitCode) => {
    process.exitCode = exitCode;
    setTimeout(() => process.exit(), LINGER_MS).unref();
  },
);
