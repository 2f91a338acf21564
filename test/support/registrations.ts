import type { Test } from 'supertest';
import { Secrets } from '../../src/common/secrets';
import { deriveCode } from '../../src/verification/verification-code';
import { newPhone } from './journey';
import type { RunningApp } from './start-app';

/** A registration in steps, as a client that was closed and opened again would go on with it. */
export class Registering {
  private constructor(
    readonly app: RunningApp,
    readonly phone: string,
    readonly registrationId: string,
    readonly registrationToken: string,
    /** What the phone will show; read from the keys, since the message may take its time. */
    readonly code: string,
  ) {}

  static async start(app: RunningApp, phone = newPhone()): Promise<Registering> {
    const { body } = await app.api.post('/v1/registrations').send({ phone }).expect(202);
    const key = new Secrets(app.cluster.secretKey).key('code');
    const code = deriveCode(key, body.registrationId as string, 6);
    return new Registering(app, phone, body.registrationId, body.registrationToken, code);
  }

  /** @returns one whose number is proven */
  static async proven(app: RunningApp, phone?: string): Promise<Registering> {
    const registering = await Registering.start(app, phone);
    await registering.put('phone', { code: registering.code }).expect(200);
    return registering;
  }

  /** @returns one that only needs to be completed */
  static async ready(app: RunningApp, phone?: string, profile: object = {}): Promise<Registering> {
    const registering = await Registering.proven(app, phone);
    await registering.put('password', { password: PASSWORD }).expect(200);
    await registering.put('profile', { nickname: 'Li Lei', ...profile }).expect(200);
    return registering;
  }

  put(step: string, body: object, app = this.app): Test {
    return this.signed(app.api.put(`/v1/registrations/${this.registrationId}/${step}`)).send(body);
  }

  get(): Test {
    return this.signed(this.app.api.get(`/v1/registrations/${this.registrationId}`));
  }

  complete(body?: object, app = this.app): Test {
    return this.signed(app.api.post(`/v1/registrations/${this.registrationId}/complete`)).send(body);
  }

  private signed(call: Test): Test {
    return call.set('Authorization', `Bearer ${this.registrationToken}`);
  }
}

export const PASSWORD = 'seven otters in a teapot';

let serial = 0;

/** A user name that looks like none before. */
export const newName = (): string => `li_lei_${(serial += 1)}x`;
