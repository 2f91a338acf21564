import { randomInt } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { otherThan } from '../support/journey';
import type { Answer } from './http-client';
import { type Asked, type Clients, newAddress, newPhone, phoneOfSegment } from './clients';
import type { RecordedGateways } from './recorded-gateways';

/** How long a person looks at the phone before asking anew. */
const PATIENCE_MS = 2_500;
const HOT_SEGMENT = '1700000';

export interface LoadOptions {
  readonly codeOf: (verificationId: string) => string;
  readonly cooldownMs: number;
  /** People who go through the main job at the same time. */
  readonly people: number;
  /** Whether some also test the limits. */
  readonly withHotSpots: boolean;
}

/** People who log in by code, now and then with a wrong one, and some who want more than they get. */
export class Customers {
  private readonly work: Promise<void>[] = [];
  private readonly hotPhones = Array.from({ length: 4 }, newPhone);
  private readonly hotAddress = newAddress();

  constructor(
    private readonly clients: Clients,
    private readonly gateways: RecordedGateways,
    private readonly options: LoadOptions,
  ) {}

  start(): void {
    for (let person = 0; person < this.options.people; person += 1)
      this.work.push(this.repeat(() => this.logIn(), 50));
    if (this.options.withHotSpots) this.work.push(this.repeat(() => this.hammer(), 400));
  }

  async stop(): Promise<void> {
    this.clients.isStopping = true;
    await Promise.all(this.work);
  }

  private async repeat(act: () => Promise<void>, pauseMs: number): Promise<void> {
    while (!this.clients.isStopping) {
      await act();
      await sleep(pauseMs + randomInt(pauseMs));
    }
  }

  /** The main job, as somebody does it who does not always hit the right keys. */
  private async logIn(): Promise<void> {
    const who = { phone: newPhone(), address: newAddress() };
    const verificationId = await this.begin(who);
    if (!verificationId) return;
    const right = this.options.codeOf(verificationId);
    if (chance(0.2)) await this.present('check', who, verificationId, otherThan(right, 1 + randomInt(9)));
    if (chance(0.1)) await this.clients.send({ kind: 'read', ...who, verificationId });
    const kind = chance(0.5) ? 'check' : 'login';
    const twice = chance(0.2) ? 2 : 1;
    for (let turn = 0; turn < 3; turn += 1) {
      const tries = Array.from({ length: twice }, () => this.present(kind, who, verificationId, right));
      const answers = await Promise.all(tries);
      if (!answers.some((answer) => answer?.status === 503 || answer?.status === 0)) return;
      await sleep(300);
    }
  }

  /** @returns the verification whose code arrived */
  private async begin(who: { phone: string; address: string }): Promise<string | undefined> {
    for (let turn = 0; turn < 2; turn += 1) {
      const started = await this.clients.send({ kind: 'start', ...who, body: startBody(who.phone) });
      if (started?.status === 202) return this.received(who, started.body.verificationId as string);
      // Whoever got no answer asks again.
      if (this.clients.isStopping) return undefined;
      await sleep(this.options.cooldownMs);
    }
    return undefined;
  }

  private async received(who: { phone: string; address: string }, verificationId: string) {
    if (await this.arrives(who.phone, verificationId)) {
      // One in eight wants it once more all the same.
      if (!chance(0.125)) return verificationId;
    }
    await sleep(this.options.cooldownMs);
    if (this.clients.isStopping) return undefined;
    const again = await this.clients.send({ kind: 'resend', ...who, verificationId, body: {} });
    if (again?.status !== 202) return undefined;
    return (await this.arrives(who.phone, verificationId)) ? verificationId : undefined;
  }

  private async arrives(phone: string, verificationId: string): Promise<boolean> {
    const code = this.options.codeOf(verificationId);
    for (const until = Date.now() + PATIENCE_MS; Date.now() < until && !this.clients.isStopping;) {
      if (this.gateways.codesFor(phone).includes(code)) return true;
      await sleep(30);
    }
    return false;
  }

  private present(
    kind: 'check' | 'login',
    who: { phone: string; address: string },
    verificationId: string,
    code: string,
  ): Promise<Answer | undefined> {
    return this.clients.send(presentation(kind, who, verificationId, code, this.options.codeOf));
  }

  /** Wants more than the limits of a number, an address and a segment allow, over all instances at once. */
  private async hammer(): Promise<void> {
    const phone = this.hotPhones[randomInt(this.hotPhones.length)];
    const start = (who: { phone: string; address: string }) =>
      this.clients.send({ kind: 'start', ...who, body: startBody(who.phone) });
    await Promise.all([
      ...Array.from({ length: 4 }, () => start({ phone, address: newAddress() })),
      start({ phone: newPhone(), address: this.hotAddress }),
      start({ phone: phoneOfSegment(HOT_SEGMENT), address: newAddress() }),
    ]);
  }
}

export const startBody = (phone: string) => ({ phone, purpose: 'login' });

/** A code, put forward for a ticket or for a session. */
export function presentation(
  kind: 'check' | 'login',
  who: { phone: string; address: string },
  verificationId: string,
  code: string,
  codeOf: (verificationId: string) => string,
): Asked {
  const body = kind === 'check' ? { code } : { grant: 'code', verificationId, code, createUser: true };
  return { kind, ...who, verificationId, body, right: code === codeOf(verificationId) };
}

const chance = (share: number) => Math.random() < share;
