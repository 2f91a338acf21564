import { Events, type GatecodeEvent } from '../src/common/events';
import { eventually } from './support/eventually';
import { newPhone, type SignedIn } from './support/journey';
import { type RunningApp, startApp, WIDE } from './support/start-app';
import { Steps } from './support/steps';

/** 200 in full; the ordinary suite tries fewer. */
const ROUNDS = Number(process.env.RACE_ROUNDS ?? 20);

let app: RunningApp;
let other: RunningApp;
let steps: Steps;

beforeAll(async () => {
  app = await startApp(WIDE);
  other = await startApp(WIDE, app.cluster);
  steps = new Steps(app);
});
afterAll(async () => {
  await other.stop();
  await app.stop();
});

const auditOf = (userId: string): Promise<{ action: string; actor: string; detail: object }[]> =>
  app.dataSource.query('SELECT action, actor, detail FROM audit_events WHERE subject = $1 ORDER BY id', [
    userId,
  ]);

describe('a new phone number', () => {
  const change = async (who: SignedIn, ticket: string, status = 204): Promise<{ code?: string }> =>
    (await steps.put(who, 'phone', { ticket }).expect(status)).body;
  const changeTo = async (who: SignedIn, phone: string) =>
    change(who, await steps.ticket(phone, 'change_phone', who));

  it('takes the place of the old one, which can be registered again', async () => {
    const who = await steps.newcomer();
    const phone = newPhone();
    await changeTo(who, phone);
    expect((await steps.me(who).expect(200)).body).toMatchObject({ id: who.userId, phone });
    expect((await steps.logIn(phone)).userId).toBe(who.userId);
    expect((await steps.register(who.phone)).userId).not.toBe(who.userId);
  });

  it('needs somebody who has just proven who they are', async () => {
    const who = await steps.register();
    const ticket = await steps.ticket(newPhone(), 'change_phone', who);
    expect((await steps.put(who, 'phone', { ticket }).expect(403)).body.code).toBe('STEP_UP_REQUIRED');
    expect((await steps.put(undefined, 'phone', { ticket }).expect(401)).body.code).toBe('UNAUTHENTICATED');
    await steps.elevated(who);
    await steps.put(who, 'phone', { ticket }).expect(204);
  });

  it('is told to the old number, in the language of who changed it', async () => {
    const who = await steps.newcomer();
    const ticket = await steps.ticket(newPhone(), 'change_phone', who);
    await steps.put(who, 'phone', { ticket }).set('Accept-Language', 'en').expect(204);
    const [text] = await eventually('a notice', async () => {
      const texts = await steps.texts(who.phone, 'notice_phone_changed');
      return texts.length > 0 && texts;
    });
    expect(text).toContain('Your account has a new number now');
  });

  it('ends all other sessions, on every instance, and not the one that asked', async () => {
    const who = await steps.newcomer();
    const elsewhere = await steps.logIn(who.phone);
    await changeTo(who, newPhone());
    await steps.me(who).expect(200);
    await steps.me(elsewhere).expect(401);
    await steps.refresh(elsewhere).expect(401);
    await eventually('the end of the other session', async () => {
      const { status } = await new Steps(other).me(elsewhere);
      return status === 401;
    });
    await steps.refresh(who).expect(200);
  });

  it('is written down, masked, and told to listeners without any number', async () => {
    const who = await steps.newcomer();
    const phone = newPhone();
    const heard: GatecodeEvent[] = [];
    const end = app.app.get(Events).on('user.phone-changed', (event) => heard.push(event));
    await changeTo(who, phone);
    end();
    expect(heard.map(({ data }) => data)).toEqual([{ userId: who.userId }]);
    const [entry] = (await auditOf(who.userId)).filter(({ action }) => action === 'user.phone-changed');
    const masked = (number: string) => `${number.slice(3, 6)}****${number.slice(-4)}`;
    expect(entry).toMatchObject({
      actor: who.userId,
      detail: { from: masked(who.phone), to: masked(phone) },
    });
  });

  it('that has an account is refused only after the proof, and the ticket stays good', async () => {
    const who = await steps.newcomer();
    const [taken, free] = [await steps.newcomer(), newPhone()];
    // Codes are sent to both alike.
    const [ticket] = await Promise.all([
      steps.ticket(taken.phone, 'change_phone', who),
      steps.ticket(free, 'change_phone', who),
    ]);
    expect(await change(who, ticket, 409)).toMatchObject({ code: 'PHONE_TAKEN' });
    expect((await steps.me(who)).body.phone).toBe(who.phone);
    await changeTo(taken, newPhone());
    await change(who, ticket);
    expect((await steps.me(who)).body.phone).toBe(taken.phone);
  });

  describe('takes a ticket only', () => {
    const refused = async (who: SignedIn, ticket: string) => {
      expect(await change(who, ticket, 410)).toMatchObject({ code: 'TICKET_INVALID' });
      expect((await steps.me(who)).body.phone).toBe(who.phone);
    };

    it('once', async () => {
      const who = await steps.newcomer();
      const ticket = await steps.ticket(newPhone(), 'change_phone', who);
      await change(who, ticket);
      expect(await change(who, ticket, 410)).toMatchObject({ code: 'TICKET_INVALID' });
    });

    it('of its own purpose', async () => {
      const who = await steps.newcomer();
      await refused(who, await steps.ticket(newPhone(), 'register'));
    });

    it('that was issued to this very user', async () => {
      const [who, another] = [await steps.newcomer(), await steps.newcomer()];
      const ticket = await steps.ticket(newPhone(), 'change_phone', another);
      await refused(who, ticket);
      await change(another, ticket);
    });

    it('for ten minutes', async () => {
      const who = await steps.newcomer();
      const ticket = await steps.ticket(newPhone(), 'change_phone', who);
      await app.dataSource.query(
        `UPDATE spent_verifications SET ticket_expires_at = now() WHERE user_id = $1`,
        [who.userId],
      );
      await refused(who, ticket);
    });

    it('that there is', async () => {
      await refused(await steps.newcomer(), 'gct_nonsense');
    });
  });

  it('that is the old one changes nothing', async () => {
    const who = await steps.newcomer();
    const elsewhere = await steps.logIn(who.phone);
    await changeTo(who, who.phone);
    await steps.me(elsewhere).expect(200);
    expect(await steps.texts(who.phone, 'notice_phone_changed')).toEqual([]);
  });

  it('goes to one of two who want it at once', async () => {
    const phone = newPhone();
    const rivals = await Promise.all([steps.newcomer(), steps.newcomer()]);
    const tickets: string[] = [];
    for (const who of rivals) tickets.push(await steps.ticket(phone, 'change_phone', who));
    const answers = await Promise.all(
      rivals.map((who, n) => new Steps(n === 0 ? app : other).put(who, 'phone', { ticket: tickets[n] })),
    );
    expect(answers.map(({ status }) => status).sort()).toEqual([204, 409]);
    const winner = rivals[answers.findIndex(({ status }) => status === 204)];
    expect((await steps.logIn(phone)).userId).toBe(winner.userId);
  });

  it('can be exchanged by two, who then have one each: neither keeps the other waiting', async () => {
    const [one, two] = await Promise.all([steps.newcomer(), steps.newcomer()]);
    const tickets = [
      await steps.ticket(two.phone, 'change_phone', one),
      await steps.ticket(one.phone, 'change_phone', two),
    ];
    const answers = await Promise.all([
      steps.put(one, 'phone', { ticket: tickets[0] }),
      new Steps(other).put(two, 'phone', { ticket: tickets[1] }),
    ]);
    for (const { status } of answers) expect([204, 409]).toContain(status);
    const rows = await app.dataSource.query<{ phone_index: Buffer }[]>(
      'SELECT DISTINCT phone_index FROM users WHERE id = ANY($1)',
      [[one.userId, two.userId]],
    );
    expect(rows).toHaveLength(2);
  });

  it(`leaves no session behind that was opened by the old one in the same moment (${ROUNDS} rounds)`, async () => {
    for (let round = 0; round < ROUNDS; round += 1) {
      const who = await steps.newcomer();
      const ticket = await steps.ticket(newPhone(), 'change_phone', who);
      const proof = await steps.proven(who.phone);
      const [changed, opened] = await Promise.all([
        steps.put(who, 'phone', { ticket }),
        other.api.post('/v1/sessions').send({ grant: 'code', ...proof }),
      ]);
      expect(changed.status).toBe(204);
      // First, and ended; or second, and nobody's.
      expect([201, 422]).toContain(opened.status);
      const live = await app.dataSource.query<{ id: string }[]>(
        'SELECT id FROM sessions WHERE user_id = $1 AND revoked_at IS NULL',
        [who.userId],
      );
      expect(live).toEqual([{ id: who.sessionId }]);
      if (opened.status === 201) await steps.refresh(opened.body).expect(401);
    }
  }, 300_000);
});

describe('a new user name', () => {
  it('takes the place of the old one, which is free again', async () => {
    const who = await steps.register(newPhone(), { username: 'first_name', password: 'a quiet harbour' });
    await steps.put(who, 'username', { username: 'second_name' }).expect(204);
    expect((await steps.me(who)).body.username).toBe('second_name');
    const logIn = (identifier: string) =>
      app.api.post('/v1/sessions').send({ grant: 'password', identifier, password: 'a quiet harbour' });
    await logIn('first_name').expect(401);
    await logIn('Second_Name').expect(201);
    await steps.put(await steps.register(), 'username', { username: 'first_name' }).expect(204);
    expect((await auditOf(who.userId)).map(({ action }) => action)).toContain('user.username-changed');
  });

  it.each(['Taken_Name', 'taken_narne'])('is refused when it is taken, or looks so: %s', async (username) => {
    const owner = await steps.register();
    await steps.put(owner, 'username', { username: 'taken_name' });
    const { body } = await steps.put(await steps.register(), 'username', { username }).expect(409);
    expect(body.code).toBe('USERNAME_TAKEN');
  });

  it('can be the own one, written otherwise', async () => {
    const who = await steps.register(newPhone(), { username: 'my_own_name' });
    await steps.put(who, 'username', { username: 'My_Own_Name' }).expect(204);
    expect((await steps.me(who)).body.username).toBe('My_Own_Name');
  });

  it.each(['13800138000', 'a@b.cn', 'ab', '李雷雷', 'admin'])(
    'has the form of one: not %s',
    async (username) => {
      const { body } = await steps.put(await steps.register(), 'username', { username }).expect(422);
      expect(body.errors).toMatchObject([{ pointer: '#/username' }]);
    },
  );

  it('goes to one of two who want it at once', async () => {
    const rivals = await Promise.all([steps.register(), steps.register()]);
    const answers = await Promise.all(
      rivals.map((who, n) => new Steps(n === 0 ? app : other).put(who, 'username', { username: 'wanted' })),
    );
    expect(answers.map(({ status }) => status).sort()).toEqual([204, 409]);
  });
});

describe('a new e-mail address', () => {
  it('can be logged in with, whatever its case, and taken away again', async () => {
    const who = await steps.newcomer({ password: 'a quiet harbour' });
    await steps.put(who, 'email', { email: 'Li.Lei@Example.com' }).expect(204);
    expect((await steps.me(who)).body.email).toBe('Li.Lei@Example.com');
    const logIn = () =>
      app.api
        .post('/v1/sessions')
        .send({ grant: 'password', identifier: 'li.lei@example.COM', password: 'a quiet harbour' });
    await logIn().expect(201);
    await steps.put(who, 'email', { email: null }).expect(204);
    expect((await steps.me(who)).body.email).toBeNull();
    await logIn().expect(401);
  });

  it('needs somebody who has just proven who they are', async () => {
    const who = await steps.register();
    const { body } = await steps.put(who, 'email', { email: 'x@example.com' }).expect(403);
    expect(body.code).toBe('STEP_UP_REQUIRED');
  });

  it('is refused when it is taken', async () => {
    await steps.put(await steps.newcomer(), 'email', { email: 'taken@example.com' }).expect(204);
    const { body } = await steps
      .put(await steps.newcomer(), 'email', { email: 'TAKEN@example.com' })
      .expect(409);
    expect(body.code).toBe('EMAIL_TAKEN');
  });

  it.each(['nonsense', 'a@', 'a b@example.com', 5])('has the form of one: not %s', async (email) => {
    await steps.put(await steps.newcomer(), 'email', { email }).expect(422);
  });

  it('has to be said, or said to be none', async () => {
    await steps.put(await steps.newcomer(), 'email', {}).expect(422);
  });
});
