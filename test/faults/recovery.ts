import { setTimeout as sleep } from 'node:timers/promises';
import { type Clients, newAddress, newPhone } from './clients';
import { presentation, startBody } from './customers';
import type { Instance } from './instance';
import type { RecordedGateways } from './recorded-gateways';

/** Longer than any promise: a run that needs more has not recovered. */
const GIVE_UP_MS = 60_000;
const CODE_MS = 3_000;

/** @returns milliseconds until start, check and log-in work on every instance, without a restart */
export async function timeToRecover(
  clients: Clients,
  gateways: RecordedGateways,
  instances: readonly Instance[],
  codeOf: (verificationId: string) => string,
): Promise<number> {
  const startedAt = performance.now();
  const times = instances.map(async (instance) => {
    for (;;) {
      const works = await Promise.all([buys('check', instance), buys('login', instance)]);
      const ms = Math.round(performance.now() - startedAt);
      if (works.every(Boolean) || ms > GIVE_UP_MS) return ms;
      await sleep(100);
    }
  });
  return Math.max(...(await Promise.all(times)));

  async function buys(kind: 'check' | 'login', to: Instance): Promise<boolean> {
    const who = { phone: newPhone(), address: newAddress() };
    const started = await clients.send({ kind: 'start', ...who, body: startBody(who.phone), to });
    if (started?.status !== 202) return false;
    const verificationId = started.body.verificationId as string;
    const code = codeOf(verificationId);
    for (const until = Date.now() + CODE_MS; !gateways.codesFor(who.phone).includes(code); await sleep(20))
      if (Date.now() > until) return false;
    const bought = await clients.send({ ...presentation(kind, who, verificationId, code, codeOf), to });
    return bought?.status === 200 || bought?.status === 201;
  }
}
