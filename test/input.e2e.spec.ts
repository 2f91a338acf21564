import { randomUUID } from 'node:crypto';
import { type Type, ValidationPipe } from '@nestjs/common';
import { PIPES_METADATA, ROUTE_ARGS_METADATA } from '@nestjs/common/constants';
import { RouteParamtypes } from '@nestjs/common/internal';
import { MetadataScanner, ModulesContainer } from '@nestjs/core';
import { Journey, newPhone } from './support/journey';
import { type RunningApp, startApp, WIDE } from './support/start-app';

const { BODY, QUERY, PARAM } = RouteParamtypes;
const INPUT = new RegExp(`^(${BODY}|${QUERY}|${PARAM}):`);

const ROUTES = [
  ['post', '/v1/captchas'],
  ['post', '/v1/verifications'],
  ['post', `/v1/verifications/${randomUUID()}/resend`],
  ['post', `/v1/verifications/${randomUUID()}/check`],
  ['post', '/v1/users'],
  ['post', '/v1/sessions'],
  ['post', '/v1/sessions/refresh'],
  ['patch', '/v1/users/me'],
] as const;

/** Whether any route has a parameter that Nest fills from what a client sends. */
const takesInput = (controller: Type) => {
  const methods = new MetadataScanner().getAllMethodNames(controller.prototype as object);
  return methods.some((name) => {
    const found = Reflect.getMetadata(ROUTE_ARGS_METADATA, controller, name) as object | undefined;
    return Object.keys(found ?? {}).some((key) => INPUT.test(key));
  });
};

const nested = (depth: number) => '['.repeat(depth) + ']'.repeat(depth);

const HOSTILE: [string, string][] = [
  ['an array', '[]'],
  ['null', 'null'],
  ['a string', '"x"'],
  ['a number', '1e999'],
  ['half an object', '{"phone":'],
  ['an unknown member', '{"isAdmin":true}'],
  ['a polluting prototype', '{"__proto__":{"isAdmin":true},"phone":"1"}'],
  ['a polluting constructor', '{"constructor":{"prototype":{"isAdmin":true}}}'],
  [
    'nested objects for strings',
    '{"phone":{"$ne":""},"purpose":{"a":1},"code":{},"refreshToken":[],"grant":{},"ticket":{}}',
  ],
  [
    'NUL characters',
    '{"phone":"\\u0000","purpose":"\\u0000","code":"\\u0000","refreshToken":"\\u0000","ticket":"\\u0000","nickname":"\\u0000"}',
  ],
  [
    'a lone surrogate',
    '{"phone":"\\ud800","ticket":"\\ud800","refreshToken":"\\ud800","nickname":"\\ud800","kind":"\\ud800"}',
  ],
  [
    'nulls',
    '{"phone":null,"purpose":null,"code":null,"refreshToken":null,"ticket":null,"grant":null,"kind":5,"captcha":null,"x":1}',
  ],
  ['a deep array', `{"captcha":${nested(10_000)}}`],
  ['a long string', `{"phone":"${'1'.repeat(40_000)}"}`],
];

describe('hostile input', () => {
  let app: RunningApp;
  let journey: Journey;
  let bearer: string;

  beforeAll(async () => {
    app = await startApp(WIDE);
    journey = new Journey(app);
    bearer = `Bearer ${(await journey.register()).accessToken}`;
  });
  afterAll(() => app.stop());

  describe.each(ROUTES)('%s %s', (method, path) => {
    it('is checked by every controller that takes any, and once', () => {
      const controllers = [...app.app.get(ModulesContainer).values()].flatMap((module) => [
        ...module.controllers.values(),
      ]);
      const unlike = controllers
        .map(({ metatype }) => metatype as Type)
        .filter((controller) => {
          const pipes = (Reflect.getMetadata(PIPES_METADATA, controller) ?? []) as unknown[];
          return (
            takesInput(controller) && pipes.filter((pipe) => pipe instanceof ValidationPipe).length !== 1
          );
        });
      expect(unlike).toEqual([]);
      expect(controllers.filter(({ metatype }) => takesInput(metatype as Type)).length).toBeGreaterThan(10);
    });

    it.each(HOSTILE)('answers %s with a problem, never with a 500', async (_, body) => {
      const answer = await app.api[method](path)
        .set('Authorization', bearer)
        .set('Content-Type', 'application/json')
        .send(body);
      const lenient = method === 'patch' || path === '/v1/captchas';
      if (!(lenient && answer.status < 300)) {
        expect(answer.status).toBeGreaterThanOrEqual(400);
        expect(answer.status).toBeLessThan(500);
        expect(answer.headers['content-type']).toMatch(/^application\/problem\+json/);
        expect(answer.body).toMatchObject({
          status: answer.status,
          code: expect.stringMatching(/^[A-Z_]+$/),
        });
      }
      expect(({} as { isAdmin?: boolean }).isAdmin).toBeUndefined();
    });
  });

  it.each<[string, 'post' | 'patch', object, string[]]>([
    ['/v1/verifications', 'post', { phone: 1, purpose: 'login' }, ['#/phone IS_STRING']],
    [
      '/v1/verifications',
      'post',
      { phone: {}, purpose: 'login', captcha: { captchaId: randomUUID(), answer: 1 } },
      ['#/phone IS_STRING', '#/captcha/answer IS_STRING'],
    ],
    [
      '/v1/sessions',
      'post',
      { grant: 'password', identifier: 1, password: [] },
      ['#/identifier IS_STRING', '#/password IS_STRING'],
    ],
    [
      '/v1/sessions',
      'post',
      { grant: 'code', verificationId: null, code: 482163 },
      ['#/verificationId IS_STRING', '#/code IS_STRING'],
    ],
    ['/v1/sessions/refresh', 'post', { refreshToken: 1 }, ['#/refreshToken IS_STRING']],
    [
      '/v1/users',
      'post',
      { ticket: 1, username: {}, password: 12345678, nickname: [] },
      ['#/ticket IS_STRING', '#/username IS_STRING', '#/password IS_STRING', '#/nickname IS_STRING'],
    ],
    ['/v1/users/me', 'patch', { nickname: 1 }, ['#/nickname IS_STRING']],
  ])('%s tells of a wrong type before anything else: %s %j', async (path, method, request, faults) => {
    const { body } = await app.api[method](path).set('Authorization', bearer).send(request).expect(422);
    const told = body.errors.map(({ pointer, code }: Record<string, string>) => `${pointer} ${code}`);
    expect(told.sort()).toEqual([...faults].sort());
  });

  it.each([
    ['NUL', 'a\u0000b'],
    ['a line break', 'a\r\nb'],
    ['ESC', 'a\u001bb'],
    ['an override of direction', 'a\u202eb'],
    ['a zero-width joiner alone', '\u200d'],
    ['a lone surrogate', 'a\ud800'],
    ['nothing', ''],
    ['too much', 'a'.repeat(65)],
  ])('a nickname with %s is refused and changes nothing', async (_, nickname) => {
    const before = (await app.api.get('/v1/users/me').set('Authorization', bearer)).body;
    const refused = await app.api
      .patch('/v1/users/me')
      .set('Authorization', bearer)
      .send({ nickname })
      .expect(422);
    expect(refused.body.errors[0].pointer).toBe('#/nickname');
    expect((await app.api.get('/v1/users/me').set('Authorization', bearer)).body).toEqual(before);
  });

  it.each(['李雷', 'Zoë O’Neill', '👨‍👩‍👧', 'محمد'])('a nickname like %s is kept as it is', async (nickname) => {
    const { body } = await app.api
      .patch('/v1/users/me')
      .set('Authorization', bearer)
      .send({ nickname })
      .expect(200);
    expect(body.nickname).toBe(nickname);
  });

  it.each(['13800138000', 'a@b.cn', 'li lei', 'lі_lei', '_x', 'ab', 'a'.repeat(33), 'li\u0000lei'])(
    'a user name that looks like another kind of identifier, or like none, is refused: %j',
    async (username) => {
      const proof = await journey.proven(newPhone(), 'register');
      const refused = await app.api
        .post('/v1/users')
        .send({ ...proof, username })
        .expect(422);
      expect(refused.body).toMatchObject({ code: 'VALIDATION_FAILED', errors: [{ pointer: '#/username' }] });
      await app.api.post('/v1/users').send(proof).expect(201);
    },
  );

  it('a registration with two proofs is refused, and both stay good', async () => {
    const proof = await journey.proven(newPhone(), 'register');
    const other = await journey.proven(newPhone(), 'register');
    const check = `/v1/verifications/${other.verificationId}/check`;
    const { ticket } = (await app.api.post(check).send({ code: other.code }).expect(200)).body;
    const refused = await app.api
      .post('/v1/users')
      .send({ ticket, ...proof })
      .expect(422);
    expect(refused.body.errors).toMatchObject([{ pointer: '#/ticket', code: 'AMBIGUOUS_PROOF' }]);
    await app.api.post('/v1/users').send({ ticket }).expect(201);
    await app.api.post('/v1/users').send(proof).expect(201);
  });

  it('user names that differ by case only are one', async () => {
    await journey.register(newPhone(), { username: 'CaseName' });
    const proof = await journey.proven(newPhone(), 'register');
    await app.api
      .post('/v1/users')
      .send({ ...proof, username: 'casename' })
      .expect(409);
  });

  it.each([
    ['too short', '1234567'],
    ['too long', 'a'.repeat(129)],
    ['not a string', 12345678],
  ])('a password that is %s is refused, and the proof stays good', async (_, password) => {
    const proof = await journey.proven(newPhone(), 'register');
    const refused = await app.api
      .post('/v1/users')
      .send({ ...proof, password })
      .expect(422);
    expect(JSON.stringify(refused.body)).not.toContain(String(password));
    await app.api.post('/v1/users').send(proof).expect(201);
  });

  it('of 20 parallel registrations of one number, or of one user name, one wins and the rest are told so', async () => {
    const phone = newPhone();
    const proofs = [];
    for (let turn = 0; turn < 20; turn += 1) proofs.push(await journey.proven(phone, 'register'));
    const samePhone = await Promise.all(proofs.map((proof) => app.api.post('/v1/users').send(proof)));
    expect(samePhone.map(({ status }) => status).sort()).toEqual([
      201,
      ...Array.from({ length: 19 }, () => 409),
    ]);

    const others = [];
    for (let turn = 0; turn < 20; turn += 1) others.push(await journey.proven(newPhone(), 'register'));
    const sameName = await Promise.all(
      others.map((proof) => app.api.post('/v1/users').send({ ...proof, username: 'one_name' })),
    );
    expect(sameName.map(({ status }) => status).sort()).toEqual([
      201,
      ...Array.from({ length: 19 }, () => 409),
    ]);
  });

  it('purposes that need a signed-in caller say so, and go to the own number only', async () => {
    const { phone, accessToken } = await journey.register();
    const start = (purpose: string, number: string, token?: string) => {
      const call = app.api.post('/v1/verifications').send({ phone: number, purpose });
      return token ? call.set('Authorization', `Bearer ${token}`) : call;
    };
    for (const purpose of ['change_phone', 'step_up', 'delete_account'])
      await start(purpose, phone).expect(401);
    for (const purpose of ['step_up', 'delete_account']) {
      const foreign = await start(purpose, newPhone(), accessToken).expect(422);
      expect(foreign.body.errors).toMatchObject([{ pointer: '#/phone', code: 'PHONE_NOT_OWN' }]);
      await start(purpose, phone, accessToken).expect(202);
    }
    await start('change_phone', newPhone(), accessToken).expect(202);
    await start('login', newPhone(), 'not.a.token').expect(401);
  });

  it('a body that is not UTF-8 is refused, not repaired', async () => {
    const answer = await fetch(`${app.url}/v1/sessions/refresh`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: Buffer.concat([Buffer.from('{"refreshToken":"'), Buffer.from([0xc3, 0x28]), Buffer.from('"}')]),
    });
    expect(answer.status).toBe(400);
    expect(await answer.json()).toMatchObject({ code: 'MALFORMED_BODY' });
  });

  it('a captcha that comes with a log-in has to be right', async () => {
    const strict = await startApp({ ...WIDE, CAPTCHA_MODE: 'risk' }, app.cluster);
    const captcha = { captchaId: '01a1fc06-a81f-7c11-8f4f-bb34ccb5a336', answer: 'ACEKM' };
    const credentials = { grant: 'password', identifier: 'nobody', password: 'wrong horse' };
    const refused = await strict.api
      .post('/v1/sessions')
      .send({ ...credentials, captcha })
      .expect(422);
    expect(refused.body.code).toBe('CAPTCHA_INVALID');
    await strict.api.post('/v1/sessions').send(credentials).expect(401);
    await strict.stop();
  });

  it('speaks Chinese to who wants it', async () => {
    const answer = await app.api
      .post('/v1/verifications')
      .set('Accept-Language', 'zh-CN,zh;q=0.9,en;q=0.8')
      .send({});
    expect(answer.body.title).toMatch(/[\u4e00-\u9fff]/);
    expect(answer.headers['content-language']).toBe('zh-CN');
  });
});
