import { redactText } from '../common/redaction';
import type { Env } from '../env';
import { createSmsProviders } from '../sms-providers.factory';
import type { SmsProvider } from '../sms/sms-provider.interface';
import { fail, type Finding, ok } from './finding';
import { shakeHands } from './handshake';
import { CALL_MS, within } from './time-limit';

/** A look over an account makes up to two calls, one after the other. */
const CHECKUP_MS = 2 * CALL_MS + 1_000;

/** The gateways in their order. @param live asks each what it thinks of the account; no message is ever sent */
export async function checkGateways(env: Env, live: boolean): Promise<Finding[]> {
  const providers = createSmsProviders({ ...env, SMS_TIMEOUT_MS: Math.min(env.SMS_TIMEOUT_MS, CALL_MS) });
  const found = await Promise.all(
    providers.map(async (provider) => {
      if (provider.name === 'inbox') return [ok('inbox', 'keeps every message and sends none')];
      return live && provider.checkup ? checkup(provider) : reach(provider.name, env);
    }),
  );
  return found.flat();
}

async function checkup(provider: SmsProvider): Promise<Finding[]> {
  const { name } = provider;
  const account = `${name} account`;
  const stuck = () => [
    fail(account, 'it could not be looked over in time', 'Try again; then ask the vendor'),
  ];
  try {
    const checks = await within(CHECKUP_MS, provider.checkup!(), stuck);
    return checks.map((check) => ({ ...check, subject: `${name} ${check.subject}` }));
  } catch (error) {
    return [fail(account, redactText((error as Error).message), 'Report this: it is a fault of Gatecode')];
  } finally {
    void provider.close?.().catch(() => undefined);
  }
}

async function reach(name: string, env: Env): Promise<Finding[]> {
  const origins = originsOf(name, env);
  const found = await Promise.all(origins.map(([subject, variable]) => knock(subject, variable, env)));
  return [...found, ok(`${name} credentials`, 'set; --live asks the gateway whether they are right')];
}

async function knock(subject: string, variable: keyof Env, env: Env): Promise<Finding> {
  const { host, origin } = new URL(String(env[variable]));
  const fault = await shakeHands(origin, CALL_MS);
  if (fault === undefined) return ok(subject, `${host} can be reached`);
  const remedy = `Let this machine open connections to ${host}, and check ${variable}`;
  return fail(subject, `${host} cannot be reached (${fault})`, remedy);
}

/** Where a gateway is: the subject, and the variable that holds the origin. */
function originsOf(name: string, env: Env): [subject: string, variable: keyof Env][] {
  const own = [`${name} reachability`, `${name.toUpperCase()}_BASE_URL` as keyof Env] as const;
  const isVoice = name === 'luosimao' && env.LUOSIMAO_VOICE_API_KEY;
  return [[...own], ...(isVoice ? [VOICE] : [])];
}

const VOICE: [string, keyof Env] = ['luosimao voice reachability', 'LUOSIMAO_VOICE_BASE_URL'];
