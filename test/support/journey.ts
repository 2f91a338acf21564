import { randomInt } from 'node:crypto';
import type { RunningApp } from './start-app';

const given = new Set<string>();

/** A mobile number that no other test of this file uses. Never dialled: the inbox takes every message. */
export function newPhone(): string {
  const phone = `+86139${String(randomInt(100_000_000)).padStart(8, '0')}`;
  if (given.has(phone)) return newPhone();
  given.add(phone);
  return phone;
}

export interface SignedIn {
  readonly phone: string;
  readonly accessToken: string;
  readonly refreshToken: string;
  readonly sessionId: string;
  readonly userId: string;
}

/** The steps of the main job, as a client takes them. */
export class Journey {
  constructor(private readonly app: RunningApp) {}

  /** @returns the id of a verification that was accepted */
  async start(phone: string, purpose = 'login', token?: string): Promise<string> {
    const call = this.app.api.post('/v1/verifications').send({ phone, purpose });
    if (token) void call.set('Authorization', `Bearer ${token}`);
    const { body } = await call.expect(202);
    return body.verificationId;
  }

  /** Waits until a verification's message has left the outbox. */
  async sent(verificationId: string): Promise<string> {
    for (;;) {
      const { body } = await this.app.api.get(`/v1/verifications/${verificationId}`).expect(200);
      if (body.status !== 'queued') return body.status;
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  }

  /** The code that the newest message to a number carries; with a purpose no notice comes in between. */
  async code(phone: string, purpose?: string): Promise<string> {
    const { body } = await this.app.api
      .get('/dev/messages/latest')
      .query({ to: phone, purpose, waitMs: 5_000 })
      .expect(200);
    return body.code;
  }

  async proven(phone: string, purpose = 'login'): Promise<{ verificationId: string; code: string }> {
    const verificationId = await this.start(phone, purpose);
    await this.sent(verificationId);
    return { verificationId, code: await this.code(phone, purpose) };
  }

  async register(phone = newPhone(), account: object = {}): Promise<SignedIn> {
    const proof = await this.proven(phone, 'register');
    const { body } = await this.app.api
      .post('/v1/users')
      .send({ ...proof, ...account })
      .expect(201);
    return {
      phone,
      accessToken: body.accessToken,
      refreshToken: body.refreshToken,
      sessionId: body.sessionId,
      userId: body.user.id,
    };
  }
}

/** A code that is not this one, of the same length. */
export function otherThan(code: string, step = 1): string {
  return String((Number(code) + step) % 10 ** code.length).padStart(code.length, '0');
}
