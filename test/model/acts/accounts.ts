import fc from 'fast-check';
import { logInByCode, logInByPassword, registerByCode, registerByTicket } from '../account-rules';
import type { Refusal } from '../refusal';
import { PASSWORDS, WRONG_PASSWORD } from '../settings';
import type { Session, State } from '../state';
import type { Answer, World } from '../world';
import { act, isSuccess, learn, outcomeOf } from './act';
import { aChoice, anInstance, anything, aPhone, chosen, chosenCode, chosenTicket, mostly } from './choice';
import { codeFor, started } from './codes';

const aPassword = fc.constantFrom(...PASSWORDS);
const maybePassword = fc.option(aPassword, { nil: undefined });

/** Takes over the session that a proof bought. */
function opens(
  state: State,
  world: World,
  answer: Answer,
  session: Refusal | Session,
  [proof, what]: [proof: string, what: string],
): string {
  if (isSuccess(answer, session, 201)) {
    world.ledger.buys(proof, what);
    learn(state, session, answer);
  }
  return outcomeOf(answer);
}

export const newcomer = act({
  name: 'newcomer',
  args: fc.record({ on: anInstance, phone: aPhone, password: aPassword }),
  needs: (state, { phone }) => {
    const to = state.phones[phone];
    return state.holderOf(to) ? undefined : { to };
  },
  run: async (state, world, { on, to, password }) => {
    const { verification } = await started(state, world, on, { purpose: 'register', phone: to }, () =>
      world.call(on, 'post', '/v1/verifications', { body: { phone: to, purpose: 'register' } }),
    );
    const { id, code } = verification!;
    const session = registerByCode(state, verification!, true, password);
    const answer = await world.call(on, 'post', '/v1/users', {
      body: { verificationId: id, code, password },
    });
    return opens(state, world, answer, session, [id, 'an account']);
  },
});

export const registerWithCode = act({
  name: 'register by code',
  args: fc.record({ on: anInstance, what: aChoice, isRight: mostly, password: maybePassword }),
  needs: (state, { what }) => {
    const verification = chosenCode(state, ['register'], what);
    return verification && { verification };
  },
  run: async (state, world, { on, verification, isRight, password }) => {
    const session = registerByCode(state, verification, isRight, password);
    const body = { verificationId: verification.id, code: codeFor(verification, isRight), password };
    const answer = await world.call(on, 'post', '/v1/users', { body });
    return opens(state, world, answer, session, [verification.id, 'an account']);
  },
});

export const registerWithTicket = act({
  name: 'register by ticket',
  args: fc.record({ on: anInstance, what: aChoice, password: maybePassword }),
  needs: (state, { what }) => {
    const ticket = chosenTicket(state, 'register', what);
    return ticket && { ticket };
  },
  run: async (state, world, { on, ticket, password }) => {
    const session = registerByTicket(state, ticket, password);
    const answer = await world.call(on, 'post', '/v1/users', { body: { ticket: ticket.value, password } });
    return opens(state, world, answer, session, [ticket.value!, 'an account']);
  },
});

export const logInWithCode = act({
  name: 'log in by code',
  args: fc.record({ on: anInstance, what: aChoice, isRight: mostly, createUser: fc.boolean() }),
  needs: (state, { what }) => {
    const verification = chosenCode(state, ['login'], what);
    return verification && { verification };
  },
  run: async (state, world, { on, verification, isRight, createUser }) => {
    const session = logInByCode(state, verification, isRight, createUser);
    const code = codeFor(verification, isRight);
    const body = { grant: 'code', verificationId: verification.id, code, createUser };
    const answer = await world.call(on, 'post', '/v1/sessions', { body });
    return opens(state, world, answer, session, [verification.id, 'a session']);
  },
});

export const logInWithPassword = act({
  name: 'log in by password',
  args: fc.record({ on: anInstance, what: aChoice, isRight: mostly }),
  needs: (state, { what }) => {
    const hasPassword = (phone: string) => state.holderOf(phone)?.password !== undefined;
    const identifier = chosen(state.phones, anything, hasPassword, what);
    return identifier === undefined ? undefined : { identifier };
  },
  run: async (state, world, { on, identifier, isRight }) => {
    const password = (isRight ? state.holderOf(identifier)?.password : undefined) ?? WRONG_PASSWORD;
    const session = logInByPassword(state, identifier, password);
    const body = { grant: 'password', identifier, password };
    const answer = await world.call(on, 'post', '/v1/sessions', { body });
    if (isSuccess(answer, session, 201)) learn(state, session, answer);
    return outcomeOf(answer);
  },
});
