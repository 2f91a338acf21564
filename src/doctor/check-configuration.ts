import type { Env } from '../env';
import { InvalidEnvError, validateEnv } from '../validate-env';
import { fail, type Finding, ok, warn } from './finding';

export type Variables = Readonly<Record<string, string | undefined>>;

export interface Configuration {
  readonly findings: readonly Finding[];
  /** Absent while the configuration has a fault: the service would not start on it. */
  readonly env?: Env;
  /** Variables that have a fault of their own. */
  readonly faulty: ReadonlySet<string>;
}

/** Reads the environment as the service does at its start. */
export function checkConfiguration(variables: Variables): Configuration {
  try {
    const env = validateEnv(variables);
    const findings = [ok('configuration', `for ${env.NODE_ENV}, without a fault`), secretKey(env)];
    return { env, findings, faulty: new Set() };
  } catch (error) {
    if (!(error instanceof InvalidEnvError)) throw error;
    const findings = error.faults.map(({ variable, remedy }) => fail('configuration', variable, remedy));
    return { findings, faulty: new Set(error.faults.map(({ variable }) => variable)) };
  }
}

/** Production without one does not get here: env-rules.ts refuses it. */
function secretKey(env: Env): Finding {
  if (env.SECRET_KEY) return ok('secret key', 'set');
  if (!env.DATABASE_URL) return ok('secret key', `made and kept below ${env.DATA_DIR} at the first start`);
  const remedy = 'Set SECRET_KEY: another instance on this database cannot read what this one seals';
  return warn('secret key', `not set: kept on this machine only, below ${env.DATA_DIR}`, remedy);
}
