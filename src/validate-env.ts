import { plainToInstance } from 'class-transformer';
import { getMetadataStorage, validateSync } from 'class-validator';
import { Env } from './env';
import { crossFaults, type EnvFault } from './env-rules';

/** Every variable there is: what carries a check. */
export const VARIABLES: ReadonlySet<string> = new Set(
  getMetadataStorage()
    .getTargetValidationMetadatas(Env, '', true, false)
    .map(({ propertyName }) => propertyName),
);

/** Every fault of a configuration at once. */
export class InvalidEnvError extends Error {
  constructor(readonly faults: readonly EnvFault[]) {
    const lines = faults.map(({ variable, remedy }) => `  ${variable} ${remedy}`);
    super(
      `The configuration has ${faults.length === 1 ? 'a fault' : `${faults.length} faults`}:\n${lines.join('\n')}`,
    );
    this.name = InvalidEnvError.name;
  }
}

/**
 * Reads the configuration. An empty variable is an unset one, as compose files write it.
 * Values never appear in the messages: some are secrets.
 * @throws {InvalidEnvError} naming every fault with its remedy
 */
export function validateEnv(variables: Readonly<Record<string, string | undefined>>): Env {
  const known = Object.fromEntries(
    [...VARIABLES]
      .filter((name) => variables[name] !== undefined && variables[name] !== '')
      .map((name) => [name, variables[name]]),
  );
  const env = plainToInstance(Env, known, { exposeDefaultValues: true });
  const faults: EnvFault[] = validateSync(env).map(({ property, constraints }) => ({
    variable: property,
    remedy: Object.values(constraints ?? {})[0] ?? 'is not valid',
  }));
  faults.push(...crossFaults(env));
  if (faults.length > 0) throw new InvalidEnvError(faults);
  return env;
}
