import fc from 'fast-check';
import { forgetAll, forgetConsumption } from '../redis-rules';
import { CLOCK_STEPS } from '../settings';
import { act } from './act';
import { anInstance } from './choice';

export const passTime = act({
  name: 'time passes',
  args: fc.record({ seconds: fc.constantFrom(...CLOCK_STEPS) }),
  needs: () => ({}),
  run: async (state, world, { seconds }) => {
    await world.passTime(seconds);
    for (const token of state.accessTokens) token.value = await world.agedToken(token.value, seconds);
    state.now += seconds;
    return `${seconds} s`;
  },
});

export const restart = act({
  name: 'restart',
  args: fc.record({ on: anInstance }),
  needs: () => ({}),
  run: async (_state, world, { on }) => {
    await world.restart(on);
    return 'done';
  },
});

export const flushRedis = act({
  name: 'Redis is emptied',
  args: fc.record({}),
  // Where nothing was spent yet there is nothing to be forgotten.
  needs: (state) => (state.verifications.some(({ hasBought }) => hasBought) ? {} : undefined),
  run: async (state, world) => {
    await world.flushRedis();
    forgetAll(state);
    return 'done';
  },
});

export const failOver = act({
  name: 'Redis forgets what was consumed',
  args: fc.record({}),
  needs: (state) => (state.verifications.some(({ hasBought }) => hasBought) ? {} : undefined),
  run: async (state, world) => {
    await world.forgetConsumption();
    forgetConsumption(state);
    return 'done';
  },
});
