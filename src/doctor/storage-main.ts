import { runStorageCheck } from './run-storage-check';

/** A socket that a store keeps open must not keep this process. */
const LINGER_MS = 500;

void runStorageCheck(process.argv.slice(2), process.env, { out: process.stdout, err: process.stderr }).then(
  (exitCode) => {
    process.exitCode = exitCode;
    setTimeout(() => process.exit(), LINGER_MS).unref();
  },
);
