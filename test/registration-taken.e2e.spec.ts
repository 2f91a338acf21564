import { Journey, newPhone } from './support/journey';
import { newName, PASSWORD, Registering } from './support/registrations';
import { type RunningApp, startApp, WIDE } from './support/start-app';

describe('of what is taken, a registration', () => {
  let app: RunningApp;

  beforeAll(async () => {
    app = await startApp(WIDE);
  });
  afterAll(() => app.stop());

  it('tells only after the proof, and of the number only at the end', async () => {
    const phone = newPhone();
    const username = newName();
    const email = `${username}@example.com`;
    await new Journey(app).register(phone, { username, email });
    const registering = await Registering.start(app, phone);
    await registering
      .put('profile', { nickname: 'L', username })
      .expect(409)
      .expect(/STEP_MISSING/);
    await registering.put('phone', { code: registering.code }).expect(200);
    await registering
      .put('profile', { nickname: 'L', username })
      .expect(409)
      .expect(/STEP_MISSING/);
    await registering.put('password', { password: PASSWORD }).expect(200);
    for (const taken of [username.toUpperCase(), username.replace('li', 'I1')])
      await registering
        .put('profile', { nickname: 'L', username: taken })
        .expect(409)
        .expect(/USERNAME_TAKEN/);
    const profile = { nickname: 'L', email: email.toUpperCase() };
    await registering
      .put('profile', profile)
      .expect(409)
      .expect(/EMAIL_TAKEN/);
    await registering.put('profile', { nickname: 'L' }).expect(200);
    expect((await registering.complete().expect(409)).body.code).toBe('PHONE_TAKEN');
  });

  it('registering in one call is refused for an address in another spelling, and the code stays good', async () => {
    const email = `${newName()}@Example.COM`;
    await new Journey(app).register(newPhone(), { email });
    const proof = await new Journey(app).proven(newPhone(), 'register');
    const register = (address: string) => app.api.post('/v1/users').send({ ...proof, email: address });
    expect((await register(email.toLowerCase()).expect(409)).body.code).toBe('EMAIL_TAKEN');
    await register(`${newName()}@example.com`).expect(201);
  });

  it('a name that was taken meanwhile can be given anew', async () => {
    const username = newName();
    const registering = await Registering.ready(app, undefined, { username });
    await new Journey(app).register(newPhone(), { username });
    expect((await registering.complete().expect(409)).body.code).toBe('USERNAME_TAKEN');
    await registering.put('profile', { nickname: 'L', username: newName() }).expect(200);
    await registering.complete().expect(201);
  });

  it('takes no password that is its own number, which is known by then', async () => {
    const registering = await Registering.proven(app);
    const refused = await registering.put('password', { password: registering.phone.slice(3) }).expect(422);
    expect(refused.body.errors).toMatchObject([{ pointer: '#/password', code: 'PASSWORD_TOO_COMMON' }]);
    const phone = newPhone();
    const proof = await new Journey(app).proven(phone, 'register');
    const username = newName();
    await app.api
      .post('/v1/users')
      .send({ ...proof, username, password: `${username}1` })
      .expect(422)
      .expect(/PASSWORD_TOO_COMMON/);
    const ticket = `/v1/verifications/${proof.verificationId}/check`;
    const { body } = await app.api.post(ticket).send({ code: proof.code }).expect(200);
    const byTicket = (password: string) => app.api.post('/v1/users').send({ ticket: body.ticket, password });
    await byTicket(phone.slice(3))
      .expect(422)
      .expect(/PASSWORD_TOO_COMMON/);
    await byTicket(PASSWORD).expect(201);
  });
});

describe('a user name', () => {
  let app: RunningApp;
  let journey: Journey;

  beforeAll(async () => {
    app = await startApp(WIDE);
    journey = new Journey(app);
  });
  afterAll(() => app.stop());

  it.each<[string, string]>([
    ['13800138000', 'MATCHES'],
    ['a@b.cn', 'MATCHES'],
    ['li\u0000lei', 'MATCHES'],
    ['li\u200dlei', 'MATCHES'],
    ['li\u202elei', 'MATCHES'],
    ['lі_lei', 'MATCHES'],
    ['ｌｉｌｅｉ', 'MATCHES'],
    ['Admin', 'USERNAME_RESERVED'],
    ['adrnin', 'USERNAME_RESERVED'],
    ['l38OOl38OOO', 'USERNAME_LIKE_PHONE'],
  ])('%j is refused, at either way to register', async (username, code) => {
    const errors = [{ pointer: '#/username', code }];
    const proof = await journey.proven(newPhone(), 'register');
    const refused = await app.api
      .post('/v1/users')
      .send({ ...proof, username })
      .expect(422);
    expect(refused.body).toMatchObject({ code: 'VALIDATION_FAILED', errors });
    const registering = await Registering.proven(app);
    await registering.put('password', { password: PASSWORD }).expect(200);
    const { body } = await registering.put('profile', { nickname: 'L', username }).expect(422);
    expect(body).toMatchObject({ code: 'VALIDATION_FAILED', errors });
  });

  it.each([
    ['wilma', 'WILMA'],
    ['go0gle', 'gOOg1e'],
    ['modern', 'rnodern'],
  ])('%j keeps %j from everybody else, and both do not find the same account', async (one, other) => {
    await journey.register(newPhone(), { username: one, password: PASSWORD });
    const proof = await journey.proven(newPhone(), 'register');
    const taken = await app.api
      .post('/v1/users')
      .send({ ...proof, username: other })
      .expect(409);
    expect(taken.body.code).toBe('USERNAME_TAKEN');
    const isSame = one.toLowerCase() === other.toLowerCase();
    const logIn = { grant: 'password', identifier: other, password: PASSWORD };
    await app.api
      .post('/v1/sessions')
      .send(logIn)
      .expect(isSame ? 201 : 401);
  });
});
