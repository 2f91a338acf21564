import { newPhone } from './support/journey';
import { type RunningApp, startApp, WIDE } from './support/start-app';
import { Steps } from './support/steps';

let app: RunningApp;
let steps: Steps;

beforeAll(async () => {
  app = await startApp({ ...WIDE, THROTTLE_PER_MINUTE: '1000' });
  steps = new Steps(app);
});
afterAll(() => app.stop());

describe('the export of an account', () => {
  it('is a file with what is kept of its owner, and no secrets', async () => {
    const who = await steps.newcomer({ username: 'exporter', nickname: '李雷', password: 'a quiet harbour' });
    const second = await steps.logIn(who.phone);
    await steps.put(who, 'email', { email: 'mine@example.com' }).expect(204);
    const { body, headers, text } = await steps.as(who, app.api.get('/v1/users/me/export')).expect(200);
    expect(headers).toMatchObject({
      'content-type': expect.stringContaining('application/json'),
      'content-disposition': 'attachment; filename="account.json"',
      'cache-control': 'no-store',
      'ratelimit-policy': expect.any(String),
    });
    expect(body).toEqual({
      exportedAt: expect.any(String),
      profile: (await steps.me(who)).body,
      consents: [{ policyVersion: '1', givenAt: expect.any(String) }],
      sessions: [second, who].map(({ sessionId }) => ({
        id: sessionId,
        device: null,
        ip: '127.0.0.0/24',
        createdAt: expect.any(String),
        lastUsedAt: expect.any(String),
        endedAt: null,
      })),
      securityEvents: expect.arrayContaining([
        { at: expect.any(String), action: 'user.email-changed', by: 'user' },
      ]),
      messages: expect.arrayContaining([
        { at: expect.any(String), purpose: 'login', channel: 'sms', state: 'accepted' },
      ]),
      uploads: [],
    });
    expect(body.profile).toMatchObject({ phone: who.phone, email: 'mine@example.com' });
    expect(text).not.toMatch(/argon2|digest|ciphertext|gcr_|eyJ/);
  });

  it('is the bearer’s own', async () => {
    const [who, another] = [await steps.register(), await steps.register()];
    const { text, body } = await steps.as(who, app.api.get('/v1/users/me/export')).expect(200);
    expect(text).not.toContain(another.userId);
    expect(text).not.toContain(another.phone);
    expect(body.profile.id).toBe(who.userId);
    await app.api.get('/v1/users/me/export').expect(401);
  });

  it('holds nothing of who had the number before', async () => {
    const before = await steps.newcomer();
    await steps.logIn(before.phone);
    const ticket = await steps.ticket(newPhone(), 'change_phone', before);
    await steps.put(before, 'phone', { ticket }).expect(204);
    const after = await steps.register(before.phone);
    const { body } = await steps.as(after, app.api.get('/v1/users/me/export')).expect(200);
    const since = Date.parse((await steps.me(after)).body.createdAt);
    for (const { at } of body.messages as { at: string }[])
      expect(Date.parse(at)).toBeGreaterThanOrEqual(since);
    expect((body.messages as { purpose: string }[]).map(({ purpose }) => purpose)).not.toContain('login');
  });

  it('says of operators that they did something, and not who they are', async () => {
    const who = await steps.register();
    await app.dataSource.query(
      `INSERT INTO audit_events (id, actor, action, subject)
       VALUES (gen_random_uuid(), gen_random_uuid()::text, 'user.sessions-ended', $1)`,
      [who.userId],
    );
    const { body } = await steps.as(who, app.api.get('/v1/users/me/export')).expect(200);
    expect(body.securityEvents).toContainEqual({
      at: expect.any(String),
      action: 'user.sessions-ended',
      by: 'operator',
    });
  });
});
