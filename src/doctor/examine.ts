import { checkConfiguration, type Configuration, type Variables } from './check-configuration';
import { checkGateways } from './check-gateways';
import { checkObjectStore } from './check-object-store';
import { checkPostgres } from './check-postgres';
import { checkRedis } from './check-redis';
import { checkSending } from './check-sending';
import { type Finding, ok } from './finding';
import { hideSecrets } from './hide-secrets';

/**
 * Looks the configuration over, and everything it leads to. Starts nothing, writes nothing, sends no message.
 * @param live asks the gateways and the store of files about their accounts too
 * @returns one line for each thing, always in the same order
 */
export async function examine(variables: Variables, live: boolean): Promise<Finding[]> {
  const configuration = checkConfiguration(variables);
  const { env } = configuration;
  const found = await Promise.all([
    postgres(variables, configuration),
    redis(variables, configuration),
    // Without a valid configuration nobody knows which gateways and which store are meant.
    env ? checkGateways(env, live) : Promise.resolve([]),
    env ? checkObjectStore(env, live) : Promise.resolve([]),
  ]);
  const sending = env ? checkSending(env, Date.now()) : [];
  return hideSecrets([...configuration.findings, ...found.flat(), ...sending], variables);
}

/** A store whose address is right is looked at even when something else is wrong. */
async function postgres(variables: Variables, configuration: Configuration): Promise<Finding[]> {
  const { DATABASE_URL: url, NODE_ENV } = variables;
  if (configuration.faulty.has('DATABASE_URL')) return [];
  if (!url) return [embedded('postgres')];
  const secretKey = configuration.env?.SECRET_KEY;
  return checkPostgres({ url, production: NODE_ENV === 'production', secretKey });
}

async function redis(variables: Variables, configuration: Configuration): Promise<Finding[]> {
  const { REDIS_URL: url } = variables;
  if (configuration.faulty.has('REDIS_URL')) return [];
  return url ? checkRedis(url) : [embedded('redis')];
}

function embedded(subject: string): Finding {
  return ok(subject, 'embedded: starts with the service, for development');
}
