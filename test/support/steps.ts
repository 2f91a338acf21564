import type { Test } from 'supertest';
import { StepUps } from '../../src/auth/sessions/step-ups';
import { Journey, newPhone, type SignedIn } from './journey';
import type { RunningApp } from './start-app';

/** What signed-in people do with their accounts. */
export class Steps extends Journey {
  constructor(readonly running: RunningApp) {
    super(running);
  }

  /** A request as somebody, or as nobody. */
  as(who: Pick<SignedIn, 'accessToken'> | undefined, request: Test): Test {
    return who ? request.set('Authorization', `Bearer ${who.accessToken}`) : request;
  }

  /** Somebody who has just proven once more who they are. */
  async elevated<Who extends SignedIn>(who: Who): Promise<Who> {
    const stepUps = this.running.app.get(StepUps, { strict: false });
    await stepUps.elevate({ userId: who.userId, sessionId: who.sessionId, roles: [] });
    return who;
  }

  /** What a right code was exchanged for. */
  async ticket(phone: string, purpose: string, who?: SignedIn): Promise<string> {
    const verificationId = await this.start(phone, purpose, who?.accessToken);
    await this.sent(verificationId);
    const { body } = await this.running.api
      .post(`/v1/verifications/${verificationId}/check`)
      .send({ code: await this.code(phone, purpose) })
      .expect(200);
    return body.ticket;
  }

  /** Registers somebody and steps them up. */
  async newcomer(account: object = {}, phone = newPhone()): Promise<SignedIn> {
    return this.elevated(await this.register(phone, account));
  }

  async logIn(phone: string): Promise<SignedIn> {
    const proof = await this.proven(phone);
    const { body } = await this.running.api
      .post('/v1/sessions')
      .send({ grant: 'code', ...proof })
      .expect(201);
    const { accessToken, refreshToken, sessionId, user } = body;
    return { phone, accessToken, refreshToken, sessionId, userId: user.id };
  }

  put(who: SignedIn | undefined, path: string, body: object): Test {
    return this.as(who, this.running.api.put(`/v1/users/me/${path}`)).send(body);
  }

  me(who: Pick<SignedIn, 'accessToken'>): Test {
    return this.as(who, this.running.api.get('/v1/users/me'));
  }

  refresh({ refreshToken }: Pick<SignedIn, 'refreshToken'>): Test {
    return this.running.api.post('/v1/sessions/refresh').send({ refreshToken });
  }

  /** Texts that a number got, newest first. */
  async texts(phone: string, purpose: string): Promise<string[]> {
    const { body } = await this.running.api.get('/dev/messages').query({ to: phone, purpose }).expect(200);
    return (body.items as { rendered: string }[]).map(({ rendered }) => rendered);
  }
}
