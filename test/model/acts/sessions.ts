import fc from 'fast-check';
import { endOne, endSessions, isUsable, refresh, unlessGood } from '../session-rules';
import type { Session } from '../state';
import { act, callAs, isSuccess, learn, outcomeOf } from './act';
import { aChoice, anInstance, chosen, chosenToken } from './choice';

export const refreshSession = act({
  name: 'refresh',
  // With the newest token, the one before, or an old one.
  args: fc.record({ on: anInstance, what: aChoice, age: fc.constantFrom(0, 0, 0, 1, 1, 2) }),
  needs: (state, { what, age }) => {
    const isKin = (each: Session) => each.generation >= age;
    const session = chosen(state.sessions, isKin, (each) => isUsable(state, each), what);
    return session && { session, generation: Math.max(0, session.generation - age) };
  },
  run: async (state, world, { on, session, generation }) => {
    const age = session.generation - generation;
    const refreshToken = session.refreshTokens[generation];
    const foretold = refresh(state, session, generation);
    const answer = await world.call(on, 'post', '/v1/sessions/refresh', { body: { refreshToken } });
    if (isSuccess(answer, foretold, 200)) {
      world.ledger.rotates(refreshToken, answer.body.refreshToken as string);
      learn(state, session, answer);
    }
    return `${['newest', 'previous', 'old'][Math.min(age, 2)]} ${outcomeOf(answer)}`;
  },
});

export const whoAmI = act({
  name: 'who am I',
  args: fc.record({ on: anInstance, who: aChoice }),
  needs: (state, { who }) => {
    const token = chosenToken(state, who);
    return token && { token };
  },
  run: async (state, world, { on, token }) => {
    const answer = await callAs(world, state, on, token, ['get', '/v1/users/me']);
    const { id, phone } = token.session.user;
    if (isSuccess(answer, unlessGood(state, token), 200)) expect(answer.body).toMatchObject({ id, phone });
    return outcomeOf(answer);
  },
});

/** Every token that was ever issued, on both instances. */
export const whoIsAnybody = act({
  name: 'try all tokens',
  args: fc.record({}),
  needs: (state) => (state.accessTokens.length > 0 ? {} : undefined),
  run: async (state, world) => {
    for (const token of state.accessTokens) {
      for (const on of [0, 1]) {
        const answer = await callAs(world, state, on, token, ['get', '/v1/users/me']);
        isSuccess(answer, unlessGood(state, token), 200);
      }
    }
    return 'as foretold';
  },
});

export const listSessions = act({
  name: 'list sessions',
  args: fc.record({ on: anInstance, who: aChoice }),
  needs: (state, { who }) => {
    const token = chosenToken(state, who);
    return token && { token };
  },
  run: async (state, world, { on, token }) => {
    const answer = await callAs(world, state, on, token, ['get', '/v1/sessions']);
    if (isSuccess(answer, unlessGood(state, token), 200)) {
      const own = state.sessions.filter((each) => each.user === token.session.user && isUsable(state, each));
      const ids = (answer.body.items as { id: string }[]).map(({ id }) => id);
      expect(ids.sort()).toEqual(own.map(({ id }) => id).sort());
    }
    return outcomeOf(answer);
  },
});

export const logOut = act({
  name: 'log out',
  args: fc.record({ on: anInstance, who: aChoice }),
  needs: (state, { who }) => {
    const token = chosenToken(state, who);
    return token && { token };
  },
  run: async (state, world, { on, token }) => {
    const answer = await callAs(world, state, on, token, ['delete', '/v1/sessions/current']);
    if (isSuccess(answer, unlessGood(state, token), 204)) token.session.isEnded = true;
    return outcomeOf(answer);
  },
});

export const endOtherSessions = act({
  name: 'end other sessions',
  args: fc.record({ on: anInstance, who: aChoice }),
  needs: (state, { who }) => {
    const token = chosenToken(state, who);
    return token && { token };
  },
  run: async (state, world, { on, token: { session }, token }) => {
    const answer = await callAs(world, state, on, token, ['delete', '/v1/sessions']);
    if (isSuccess(answer, unlessGood(state, token), 204)) endSessions(state, session.user, session);
    return outcomeOf(answer);
  },
});

export const endSession = act({
  name: 'end a session',
  args: fc.record({ on: anInstance, who: aChoice, what: aChoice }),
  needs: (state, { who, what }) => {
    const token = chosenToken(state, who);
    const session =
      token &&
      chosen(
        state.sessions,
        (each) => !each.isEnded,
        (each) => each.user === token.session.user,
        what,
      );
    return session && { token, session };
  },
  run: async (state, world, { on, token, session }) => {
    const answer = await callAs(world, state, on, token, ['delete', `/v1/sessions/${session.id}`]);
    const foretold = unlessGood(state, token) ?? endOne(token.session, session);
    isSuccess(answer, foretold, 204);
    return outcomeOf(answer);
  },
});
