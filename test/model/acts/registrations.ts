import fc from 'fast-check';
import { complete, doneSteps, provePhone, takeStep, unlessReady } from '../registration-rules';
import { PASSWORDS } from '../settings';
import type { Registration, State } from '../state';
import type { Answer, World } from '../world';
import { act, expectLeft, isSuccess, learn, outcomeOf } from './act';
import { aChoice, anInstance, anything, aPhone, type Choice, chosen, mostly } from './choice';
import { codeFor, started } from './codes';

function step(
  world: World,
  on: number,
  { token, verification }: Registration,
  name: 'phone' | 'password' | 'profile' | 'complete',
  body: object,
): Promise<Answer> {
  const path = `/v1/registrations/${verification.id}/${name}`;
  return world.call(on, name === 'complete' ? 'post' : 'put', path, { bearer: token, body });
}

/** One that waits for this step, unless any. */
function chosenRegistration(
  state: State,
  before: 'phone' | 'password' | 'profile' | undefined,
  what: Choice,
): { registration: Registration } | undefined {
  const waits = (each: Registration) =>
    !unlessReady(state, each, before) &&
    (before ? !doneSteps(state, each)?.has(before) : !state.holderOf(each.verification.phone));
  const registration = chosen(state.registrations, anything, waits, what);
  return registration && { registration };
}

/** @returns one that was begun */
async function begin(
  state: State,
  world: World,
  on: number,
  phone: string,
): Promise<{ answer: Answer; registration?: Registration }> {
  const ask = () => world.call(on, 'post', '/v1/registrations', { body: { phone } });
  const { answer, verification } = await started(state, world, on, { purpose: 'register', phone }, ask);
  if (!verification) return { answer };
  const registration = { token: answer.body.registrationToken as string, verification };
  state.registrations.push(registration);
  return { answer, registration };
}

async function prove(
  state: State,
  world: World,
  on: number,
  registration: Registration,
  isRight: boolean,
): Promise<Answer> {
  const code = codeFor(registration.verification, isRight);
  const foretold = provePhone(state, registration, isRight);
  const answer = await step(world, on, registration, 'phone', { code });
  if (isSuccess(answer, foretold, 200))
    expectLeft(answer.body.expiresAt as string, registration.kept!.until - state.now);
  return answer;
}

async function take(
  state: State,
  world: World,
  on: number,
  registration: Registration,
  given: { password: string } | { nickname: string },
): Promise<Answer> {
  const foretold = takeStep(state, registration, given);
  const answer = await step(world, on, registration, 'password' in given ? 'password' : 'profile', given);
  if (isSuccess(answer, foretold, 200))
    expectLeft(answer.body.expiresAt as string, registration.kept!.until - state.now);
  return answer;
}

const PROFILE = { nickname: 'Li Lei' };

export const startRegistration = act({
  name: 'start a registration',
  args: fc.record({ on: anInstance, phone: aPhone }),
  needs: (state, { phone }) => ({ to: state.phones[phone] }),
  run: async (state, world, { on, to }) => outcomeOf((await begin(state, world, on, to)).answer),
});

/** All but the end. */
export const prepareRegistration = act({
  name: 'prepare a registration',
  args: fc.record({ on: anInstance, phone: aPhone, password: fc.constantFrom(...PASSWORDS) }),
  needs: (state, { phone }) => ({ to: state.phones[phone] }),
  run: async (state, world, { on, to, password }) => {
    const { registration } = await begin(state, world, on, to);
    await prove(state, world, on, registration!, true);
    await take(state, world, on, registration!, { password });
    return outcomeOf(await take(state, world, on, registration!, PROFILE));
  },
});

export const provePhoneStep = act({
  name: 'registration: phone',
  args: fc.record({ on: anInstance, what: aChoice, isRight: mostly }),
  needs: (state, { what }) => chosenRegistration(state, 'phone', what),
  run: async (state, world, { on, registration, isRight }) =>
    outcomeOf(await prove(state, world, on, registration, isRight)),
});

export const passwordStep = act({
  name: 'registration: password',
  args: fc.record({ on: anInstance, what: aChoice, password: fc.constantFrom(...PASSWORDS) }),
  needs: (state, { what }) => chosenRegistration(state, 'password', what),
  run: async (state, world, { on, registration, password }) =>
    outcomeOf(await take(state, world, on, registration, { password })),
});

export const profileStep = act({
  name: 'registration: profile',
  args: fc.record({ on: anInstance, what: aChoice }),
  needs: (state, { what }) => chosenRegistration(state, 'profile', what),
  run: async (state, world, { on, registration }) =>
    outcomeOf(await take(state, world, on, registration, PROFILE)),
});

export const completeRegistration = act({
  name: 'registration: complete',
  args: fc.record({ on: anInstance, what: aChoice }),
  needs: (state, { what }) => chosenRegistration(state, undefined, what),
  run: async (state, world, { on, registration }) => {
    const foretold = complete(state, registration);
    const answer = await step(world, on, registration, 'complete', {});
    if (!isSuccess(answer, foretold, 'user' in foretold ? 200 : 201)) return outcomeOf(answer);
    if ('user' in foretold) {
      expect(answer.body).toEqual({ user: expect.objectContaining({ id: foretold.user.id }) });
    } else {
      world.ledger.buys(registration.verification.id, 'an account');
      learn(state, foretold.session, answer);
    }
    return outcomeOf(answer);
  },
});
