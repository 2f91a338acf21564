import fc from 'fast-check';
import { needsSignIn, type Purpose } from '../../../src/verification/purpose';
import { otherThan } from '../../support/journey';
import { cancel, exchange, isLive, start } from '../code-rules';
import { isElevated, unlessGood } from '../session-rules';
import type { AccessToken, State, User, Verification } from '../state';
import type { Answer, World } from '../world';
import { act, callAs, expectLeft, isSuccess, outcomeOf } from './act';
import {
  aChoice,
  anInstance,
  anything,
  aPhone,
  type Choice,
  chosen,
  chosenCode,
  chosenToken,
  mostly,
} from './choice';

export const codeFor = (verification: Verification, isRight: boolean): string =>
  isRight ? verification.code : otherThan(verification.code);

// Without somebody signed in, some can't be asked for: they are tried the more often.
const aPurpose = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom<Purpose>('register', 'login') },
  { weight: 5, arbitrary: fc.constant<Purpose>('change_phone') },
  { weight: 5, arbitrary: fc.constantFrom<Purpose>('step_up', 'delete_account', 'reset_password') },
);

/** Foretells a start, and takes over what was answered to it. */
export async function started(
  state: State,
  world: World,
  on: number,
  request: { purpose: Purpose; phone: string; asker?: User },
  ask: () => Promise<Answer>,
): Promise<{ answer: Answer; verification?: Verification }> {
  const { purpose, phone, asker } = request;
  const foretold = start(state, purpose, phone, asker);
  const answer = await ask();
  if (!isSuccess(answer, foretold, 202)) return { answer };
  expectLeft(answer.body.expiresAt as string, foretold.expiresAt - state.now);
  const id = answer.body.verificationId as string;
  const code = await world.codeOf(on, id, foretold.isDecoy ? undefined : { to: phone, purpose });
  const verification = { ...foretold, id, code };
  state.verifications.push(verification);
  return { answer, verification };
}

interface Start {
  readonly purpose: Purpose;
  readonly phone: number;
  readonly isFit: boolean;
  readonly who: Choice;
}

const aStart = { on: anInstance, phone: aPhone, isFit: mostly, who: aChoice };

/**
 * Who asks for a code, and where it goes: where it may be of use, or wherever.
 * @param isGood what else makes a good token
 */
function startOf(
  state: State,
  { purpose, phone, isFit, who }: Start,
  isGood?: (token: AccessToken) => boolean,
) {
  const token = needsSignIn(purpose) ? chosenToken(state, who, isGood) : undefined;
  if (needsSignIn(purpose) && !token) return undefined;
  const to = state.phones[phone];
  return { token, to: (isFit ? fitting(state, purpose, token) : undefined) ?? to };
}

function fitting(state: State, purpose: Purpose, token: AccessToken | undefined): string | undefined {
  switch (purpose) {
    case 'change_phone':
      return state.phones.find((each) => !state.holderOf(each));
    case 'reset_password':
      return state.phones.find((each) => state.holderOf(each));
    default:
      return token?.session.user.phone;
  }
}

async function startAs(
  state: State,
  world: World,
  on: number,
  { purpose, to, token }: { purpose: Purpose; to: string; token?: AccessToken },
): ReturnType<typeof started> {
  const path = '/v1/verifications';
  const body = { phone: to, purpose };
  const refusal = token && unlessGood(state, token);
  if (refusal) {
    const answer = await callAs(world, state, on, token, ['post', path, { body }]);
    isSuccess(answer, refusal, 202);
    return { answer };
  }
  const request = { purpose, phone: to, asker: token?.session.user };
  return started(state, world, on, request, () =>
    world.call(on, 'post', path, { body, bearer: token?.value }),
  );
}

export const startVerification = act({
  name: 'start',
  args: fc.record({ ...aStart, purpose: aPurpose }),
  needs: (state, given) => startOf(state, given),
  run: async (state, world, { on, ...given }) =>
    `${given.purpose} ${outcomeOf((await startAs(state, world, on, given)).answer)}`,
});

async function exchangeCode(
  state: State,
  world: World,
  on: number,
  verification: Verification,
  isRight: boolean,
): Promise<string> {
  const ticket = exchange(state, verification, isRight);
  const answer = await world.call(on, 'post', `/v1/verifications/${verification.id}/check`, {
    body: { code: codeFor(verification, isRight) },
  });
  if (isSuccess(answer, ticket, 200)) {
    expect(answer.body.purpose).toBe(verification.purpose);
    expectLeft(answer.body.expiresAt as string, ticket.expiresAt - state.now);
    world.ledger.buys(verification.id, 'a ticket');
    ticket.value = answer.body.ticket;
  }
  return outcomeOf(answer);
}

/** A start and the exchange of its code at once: else few runs would get as far as what tickets are for. */
export const getTicket = act({
  name: 'get a ticket',
  args: fc.record({
    ...aStart,
    purpose: fc.constantFrom<Purpose>('change_phone', 'change_phone', 'reset_password', 'register'),
  }),
  needs: (state, given) => startOf(state, given, ({ session }) => isElevated(state, session)),
  run: async (state, world, { on, ...given }) => {
    const { answer, verification } = await startAs(state, world, on, given);
    const outcome = verification
      ? await exchangeCode(state, world, on, verification, true)
      : outcomeOf(answer);
    return `${given.purpose} ${outcome}`;
  },
});

export const checkCode = act({
  name: 'exchange the code for a ticket',
  args: fc.record({ on: anInstance, what: aChoice, isRight: mostly }),
  needs: (state, { what }) => {
    const verification = chosenCode(state, ['register', 'reset_password', 'change_phone'], what);
    return verification && { verification };
  },
  run: (state, world, { on, verification, isRight }) => exchangeCode(state, world, on, verification, isRight),
});

export const cancelVerification = act({
  name: 'cancel',
  args: fc.record({ on: anInstance, what: aChoice }),
  needs: (state, { what }) => {
    const verification = chosen(state.verifications, anything, (each) => isLive(state, each), what);
    return verification && { verification };
  },
  run: async (state, world, { on, verification }) => {
    const answer = await world.call(on, 'delete', `/v1/verifications/${verification.id}`);
    isSuccess(answer, cancel(state, verification), 204);
    return outcomeOf(answer);
  },
});
