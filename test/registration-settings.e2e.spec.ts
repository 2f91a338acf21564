import { Journey, newPhone } from './support/journey';
import { Registering } from './support/registrations';
import { startApp, WIDE } from './support/start-app';

describe('a registration in steps', () => {
  it('needs only the steps that are configured', async () => {
    const brief = await startApp({ ...WIDE, REGISTRATION_STEPS: 'profile', POLICY_VERSION: '2026-11' });
    try {
      const { body: policies } = await brief.api.get('/v1/policies').expect(200);
      expect(policies.registration).toEqual({
        required: ['phone', 'profile'],
        ttl: 1_800,
        policyVersion: '2026-11',
      });
      const registering = await Registering.proven(brief);
      expect((await registering.get()).body.steps[1]).toEqual({
        name: 'password',
        required: false,
        done: false,
      });
      await registering.put('profile', { nickname: 'Li Lei' }).expect(200);
      const outdated = await registering.complete({ policyVersion: '1' }).expect(422);
      expect(outdated.body.code).toBe('POLICY_VERSION_OUTDATED');
      await registering.complete({ policyVersion: '2026-11' }).expect(201);
      const proof = await new Journey(brief).proven(newPhone(), 'register');
      const register = (policyVersion: string) =>
        brief.api.post('/v1/users').send({ ...proof, policyVersion });
      expect((await register('1').expect(422)).body.code).toBe('POLICY_VERSION_OUTDATED');
      await register('2026-11').expect(201);
      const versions = await brief.dataSource.query('SELECT policy_version FROM consents');
      expect(versions).toEqual([{ policy_version: '2026-11' }, { policy_version: '2026-11' }]);
    } finally {
      await brief.stop();
    }
  });

  it('by a test number makes an account that only such codes open, and by one of ADMIN_PHONES an administrator', async () => {
    const [test, admin] = ['+8613800000000', '+8613800000001'];
    const chosen = await startApp({
      ...WIDE,
      REGISTRATION_STEPS: 'phone',
      SMS_TEST_NUMBERS: `${test}=246810`,
      ADMIN_PHONES: admin,
    });
    try {
      const tester = await Registering.start(chosen, test);
      await tester.put('phone', { code: tester.code === '246810' ? '000000' : tester.code }).expect(422);
      await tester.put('phone', { code: '246810' }).expect(200);
      const { body } = await tester.complete().expect(201);
      const marks = 'SELECT is_test FROM users WHERE id = $1';
      expect(await chosen.dataSource.query(marks, [body.user.id])).toEqual([{ is_test: true }]);
      const operator = await (await Registering.proven(chosen, admin)).complete().expect(201);
      expect(operator.body.user.roles).toEqual(['user', 'admin']);
    } finally {
      await chosen.stop();
    }
  });

  it.each(['register', 'login'])('shares the cool-down of a number with a code to %s', async (purpose) => {
    const strict = await startApp({ ...WIDE, RESEND_COOLDOWN: '60', IP_HOURLY_LIMIT: '2' });
    try {
      const phone = newPhone();
      await strict.api.post('/v1/registrations').send({ phone }).expect(202);
      await strict.api
        .post('/v1/registrations')
        .send({ phone })
        .expect(429)
        .expect(/SEND_COOLDOWN/);
      await strict.api
        .post('/v1/verifications')
        .send({ phone, purpose })
        .expect(429)
        .expect(/SEND_COOLDOWN/);
      await strict.api.post('/v1/registrations').send({ phone: newPhone() }).expect(202);
      await strict.api
        .post('/v1/registrations')
        .send({ phone: newPhone() })
        .expect(429)
        .expect(/IP_HOURLY/);
    } finally {
      await strict.stop();
    }
  });
});
