import type fc from 'fast-check';
import { expectInvariants } from '../invariants';
import { Refusal } from '../refusal';
import { isGoodToken } from '../session-rules';
import { LONGEST_RUN_MS } from '../settings';
import type { AccessToken, Session, State } from '../state';
import type { Answer, Call, World } from '../world';

interface Definition<Args, Needs extends object> {
  readonly name: string;
  readonly args: fc.Arbitrary<Args>;
  /** What it is done with; undefined when that can't be. */
  readonly needs: (state: State, args: Args) => Needs | undefined;
  /** @returns what came of it, in a few words */
  readonly run: (state: State, world: World, given: Args & Needs) => Promise<string>;
}

/** What came of commands, and how often. */
export const outcomes = new Map<string, number>();

class Act<Args, Needs extends object> implements fc.AsyncCommand<State, World> {
  private outcome = 'not run';

  constructor(
    private readonly definition: Definition<Args, Needs>,
    private readonly args: Args,
  ) {}

  check(state: State): boolean {
    return this.definition.needs(state, this.args) !== undefined;
  }

  async run(state: State, world: World): Promise<void> {
    this.outcome = 'failed';
    state.turn += 1;
    const needs = this.definition.needs(state, this.args)!;
    this.outcome = await this.definition.run(state, world, { ...this.args, ...needs });
    const told = `${this.definition.name}: ${this.outcome}`;
    outcomes.set(told, (outcomes.get(told) ?? 0) + 1);
    await expectInvariants(state, world);
  }

  toString(): string {
    return `${this.definition.name} ${JSON.stringify(this.args)} -> ${this.outcome}`;
  }
}

export function act<Args, Needs extends object>(
  definition: Definition<Args, Needs>,
): fc.Arbitrary<fc.AsyncCommand<State, World>> {
  return definition.args.map((args) => new Act(definition, args));
}

/**
 * Compares an answer with what the model foretold.
 * @returns whether it is a success
 */
export function isSuccess<Granted>(
  answer: Answer,
  foretold: Refusal | Granted,
  success: number,
): foretold is Exclude<Granted, Refusal> {
  const { code, attemptsRemaining, missing } = answer.body ?? {};
  if (!(foretold instanceof Refusal)) {
    expect({ status: answer.status, code }).toEqual({ status: success, code: undefined });
    return true;
  }
  const { status, more } = foretold;
  expect({
    status: answer.status,
    code,
    ...('attemptsRemaining' in more && { attemptsRemaining }),
    ...('missing' in more && { missing }),
  }).toEqual({ status, code: foretold.code, ...more });
  return false;
}

/**
 * Compares the end of something, as it is told, with what the model foretold. The run itself takes some time, too.
 * @param told a point in time, or how many seconds are left
 * @param left seconds
 */
export function expectLeft(told: string | number, left: number): void {
  const ms = typeof told === 'number' ? told * 1_000 : Date.parse(told) - Date.now();
  expect(ms).toBeGreaterThan(left * 1_000 - LONGEST_RUN_MS);
  expect(ms).toBeLessThanOrEqual(left * 1_000 + 1_000);
}

export const outcomeOf = ({ status, body }: Answer): string => (body?.code as string) ?? String(status);

/**
 * Calls with a token, before the model goes on. One that has ended elsewhere may live on for two seconds here: its end
 * is waited for.
 */
export async function callAs(
  world: World,
  state: State,
  on: number,
  token: AccessToken,
  [method, path, call]: [method: Parameters<World['call']>[1], path: string, call?: Call],
): Promise<Answer> {
  if (!isGoodToken(state, token)) await world.dies(on, token.value);
  return world.call(on, method, path, { ...call, bearer: token.value });
}

/** Takes over what the service answered about a session. */
export function learn(state: State, session: Session, { body }: Answer): void {
  const { user } = session;
  user.id ??= body.user.id as string;
  session.id ??= body.sessionId as string;
  expect({ user: body.user.id, session: body.sessionId }).toEqual({ user: user.id, session: session.id });
  session.refreshTokens[session.generation] ??= body.refreshToken;
  expect(body.refreshToken).toBe(session.refreshTokens[session.generation]);
  expectLeft(body.refreshExpiresIn as number, Math.min(session.idleUntil, session.absoluteUntil) - state.now);
  state.accessTokens.push({
    value: body.accessToken,
    session,
    expiresAt: state.now + (body.expiresIn as number),
  });
}
