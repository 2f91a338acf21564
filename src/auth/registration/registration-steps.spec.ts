import fc from 'fast-check';
import { missingOf, neededFor, requiredSteps, type StepName, STEPS, stepsOf } from './registration-steps';

const done = (...names: StepName[]) => new Set(names);

describe('the steps of a registration', () => {
  it.each<[StepName | undefined, StepName[], StepName[], StepName[]]>([
    ['phone', ['phone', 'password', 'profile'], [], []],
    ['password', ['phone', 'password', 'profile'], [], ['phone']],
    ['profile', ['phone', 'password', 'profile'], [], ['phone', 'password']],
    ['profile', ['phone', 'password', 'profile'], ['phone'], ['password']],
    ['profile', ['phone', 'profile'], ['phone'], []],
    [undefined, ['phone', 'password', 'profile'], ['phone'], ['password', 'profile']],
    [undefined, ['phone', 'password', 'profile'], ['phone', 'password', 'profile'], []],
    [undefined, ['phone'], ['phone'], []],
    [undefined, ['phone'], [], ['phone']],
  ])(
    'before %s, of those required (%j), when %j are done, %j are missing',
    (before, required, made, missing) =>
      expect(missingOf(neededFor(before, required), done(...made))).toEqual(missing),
  );

  it('are all required unless configured, and the phone always is', () => {
    expect(requiredSteps()).toEqual(['phone', 'password', 'profile']);
    expect(requiredSteps([])).toEqual(['phone']);
    expect(requiredSteps(['profile'])).toEqual(['phone', 'profile']);
  });

  it('are shown all, and the end misses those that are required and not done', () => {
    const some = fc.subarray([...STEPS]);
    fc.assert(
      fc.property(some, some, (configured, made) => {
        const required = requiredSteps(configured);
        const steps = stepsOf(required, done(...made));
        expect(steps.map(({ name }) => name)).toEqual(STEPS);
        expect(missingOf(neededFor(undefined, required), done(...made))).toEqual(
          steps.filter((step) => step.required && !step.done).map(({ name }) => name),
        );
      }),
    );
  });
});
