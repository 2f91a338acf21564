import fc from 'fast-check';
import {
  changePassword,
  changePhone,
  deleteAccount,
  resetPassword,
  resettable,
  stepUpByCode,
  stepUpByPassword,
} from '../account-rules';
import { isElevated, unlessGood } from '../session-rules';
import { PASSWORDS, WRONG_PASSWORD } from '../settings';
import { act, callAs, expectLeft, isSuccess, outcomeOf } from './act';
import { aChoice, anInstance, chosenCode, chosenTicket, chosenToken, mostly } from './choice';
import { codeFor } from './codes';

const aPassword = fc.constantFrom(...PASSWORDS);

export const stepUpWithPassword = act({
  name: 'step up by password',
  args: fc.record({ on: anInstance, who: aChoice, isRight: mostly }),
  needs: (state, { who }) => {
    const token = chosenToken(
      state,
      who,
      ({ session }) => session.user.password !== undefined && !isElevated(state, session),
    );
    return token && { token };
  },
  run: async (state, world, { on, token, isRight }) => {
    const { session } = token;
    const password = (isRight ? session.user.password : undefined) ?? WRONG_PASSWORD;
    const answer = await callAs(world, state, on, token, ['post', '/v1/step-ups', { body: { password } }]);
    const foretold = unlessGood(state, token) ?? stepUpByPassword(state, session, password);
    if (isSuccess(answer, foretold, 200))
      expectLeft(answer.body.expiresAt as string, session.elevatedUntil - state.now);
    return outcomeOf(answer);
  },
});

export const stepUpWithCode = act({
  name: 'step up by code',
  args: fc.record({ on: anInstance, who: aChoice, what: aChoice, isRight: mostly }),
  needs: (state, { who, what }) => {
    const verification = chosenCode(state, ['step_up', 'delete_account'], what);
    const token =
      verification && chosenToken(state, who, ({ session }) => session.user === verification.asker);
    return token && { token, verification };
  },
  run: async (state, world, { on, token, verification, isRight }) => {
    const { session } = token;
    const body = { verificationId: verification.id, code: codeFor(verification, isRight) };
    const answer = await callAs(world, state, on, token, ['post', '/v1/step-ups', { body }]);
    const foretold = unlessGood(state, token) ?? stepUpByCode(state, session, verification, isRight);
    if (isSuccess(answer, foretold, 200)) {
      expectLeft(answer.body.expiresAt as string, session.elevatedUntil - state.now);
      world.ledger.buys(verification.id, 'a step-up');
    }
    return outcomeOf(answer);
  },
});

export const changeNumber = act({
  name: 'change phone',
  args: fc.record({ on: anInstance, who: aChoice, what: aChoice }),
  needs: (state, { who, what }) => {
    const ticket = chosenTicket(state, 'change_phone', what);
    const token =
      ticket &&
      chosenToken(
        state,
        who,
        ({ session }) => session.user === ticket.verification.asker && isElevated(state, session),
      );
    return token && { token, ticket };
  },
  run: async (state, world, { on, token, ticket }) => {
    const body = { ticket: ticket.value };
    const answer = await callAs(world, state, on, token, ['put', '/v1/users/me/phone', { body }]);
    const foretold = unlessGood(state, token) ?? changePhone(state, token.session, ticket);
    if (isSuccess(answer, foretold, 204)) world.ledger.buys(ticket.value!, 'a number');
    return outcomeOf(answer);
  },
});

export const changeOwnPassword = act({
  name: 'change password',
  args: fc.record({
    on: anInstance,
    who: aChoice,
    by: fc.constantFrom('step-up', 'password', 'wrong password'),
    newPassword: aPassword,
  }),
  needs: (state, { who, by }) => {
    const token = chosenToken(state, who, ({ session }) =>
      by === 'step-up' ? isElevated(state, session) : session.user.password !== undefined,
    );
    return token && { token };
  },
  run: async (state, world, { on, token, by, newPassword }) => {
    const { session } = token;
    const right = by === 'password' ? session.user.password : undefined;
    const currentPassword = by === 'step-up' ? undefined : (right ?? WRONG_PASSWORD);
    const body = { currentPassword, newPassword };
    const answer = await callAs(world, state, on, token, ['put', '/v1/users/me/password', { body }]);
    const foretold = unlessGood(state, token) ?? changePassword(state, session, currentPassword, newPassword);
    isSuccess(answer, foretold, 204);
    return outcomeOf(answer);
  },
});

export const resetOwnPassword = act({
  name: 'reset password',
  args: fc.record({ on: anInstance, what: aChoice, newPassword: aPassword }),
  needs: (state, { what }) => {
    const ticket = chosenTicket(
      state,
      'reset_password',
      what,
      (each) => resettable(state, each) !== undefined,
    );
    return ticket && { ticket };
  },
  run: async (state, world, { on, ticket, newPassword }) => {
    const foretold = resetPassword(state, ticket, newPassword);
    const body = { ticket: ticket.value, newPassword };
    const answer = await world.call(on, 'post', '/v1/password-resets', { body });
    if (isSuccess(answer, foretold, 204)) world.ledger.buys(ticket.value!, 'a password');
    return outcomeOf(answer);
  },
});

export const deleteOwnAccount = act({
  name: 'delete account',
  args: fc.record({ on: anInstance, who: aChoice }),
  needs: (state, { who }) => {
    const token = chosenToken(state, who, ({ session }) => isElevated(state, session));
    return token && { token };
  },
  run: async (state, world, { on, token }) => {
    const answer = await callAs(world, state, on, token, ['delete', '/v1/users/me']);
    const foretold = unlessGood(state, token) ?? deleteAccount(state, token.session);
    isSuccess(answer, foretold, 202);
    return outcomeOf(answer);
  },
});
