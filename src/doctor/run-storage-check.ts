import { Secrets } from '../common/secrets';
import { developmentSecret } from '../development-secret';
import { type Env } from '../env';
import { createStores } from '../storage.factory';
import { checkStorage } from '../storage/check-storage';
import { openStores } from '../storage/open-stores';
import { checkConfiguration, type Variables } from './check-configuration';
import { fail, type Finding, ok } from './finding';
import { hideSecrets } from './hide-secrets';
import { type Output, runReport } from './run-report';

const HELP = `Does with the configured store what the service does with it, and takes away what it wrote.

  npm run storage:check                 put, stat, get, sign, an upload by a ticket, its limits, delete, and the settings
  npm run -s storage:check -- --json    the same as one JSON array
  npm run storage:check -- --help       this text

One line each: ok, warn or fail, the step, what was found, and which setting to look at.
The exit code is 0 when nothing fails, 1 when something does, 2 when it was called wrongly.
`;

/** @returns the exit code */
export function runStorageCheck(
  args: readonly string[],
  variables: Variables,
  outputs: { readonly out: Output; readonly err: Output },
): Promise<0 | 1 | 2> {
  const examine = async () => hideSecrets(await examineStorage(variables), variables);
  return runReport(args, variables, outputs, { help: HELP, flags: [], examine });
}

async function examineStorage(variables: Variables): Promise<Finding[]> {
  const { env, findings } = checkConfiguration(variables);
  if (!env) return findings.filter(({ verdict }) => verdict === 'fail');
  const options = createStores(env, { secrets: secretsOf(env) });
  if (!options) return [ok('storage', 'STORAGE_PROVIDER is not set: this service takes no uploads')];
  const stores = await openStores(options);
  try {
    const found = await Promise.all(
      [...stores].map(async ([name, store]) =>
        (await checkStorage(store)).map((check) => ({ ...check, subject: `${name} ${check.subject}` })),
      ),
    );
    return found.flat();
  } catch (error) {
    return [fail('storage', (error as Error).message, 'Report this: it is a fault of Gatecode')];
  } finally {
    for (const store of stores.values()) await store.close?.();
  }
}

function secretsOf(env: Env): Secrets {
  return new Secrets(
    env.SECRET_KEY ? Buffer.from(env.SECRET_KEY, 'base64') : developmentSecret(env.DATA_DIR),
  );
}
