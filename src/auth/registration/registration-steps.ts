/** The steps of a registration, in their order. */
export const STEPS = ['phone', 'password', 'profile'] as const;

export type StepName = (typeof STEPS)[number];

export const isStep = (name: string): name is StepName => (STEPS as readonly string[]).includes(name);

export interface Step {
  readonly name: StepName;
  readonly required: boolean;
  readonly done: boolean;
}

/** Seconds from one step to the next, where nothing else is configured. */
export const REGISTRATION_TTL = 1_800;
/** Version of the terms that people consent to, where none is configured. */
export const POLICY_VERSION = '1';
/** Seconds after which a registration ends, however busy. */
export const REGISTRATION_MOST_TTL = 86_400;

/** The phone number is what makes an account: no configuration leaves it out. */
export function requiredSteps(configured: readonly StepName[] = STEPS): StepName[] {
  return STEPS.filter((name) => name === 'phone' || configured.includes(name));
}

/** @param before a step, or undefined for the end: what has to be done until then */
export function neededFor(before: StepName | undefined, required: readonly StepName[]): StepName[] {
  const earlier = before === undefined ? STEPS : STEPS.slice(0, STEPS.indexOf(before));
  return earlier.filter((name) => required.includes(name));
}

export function missingOf(needed: readonly StepName[], done: ReadonlySet<StepName>): StepName[] {
  return needed.filter((name) => !done.has(name));
}

/** All steps, as a client sees them. */
export function stepsOf(required: readonly StepName[], done: ReadonlySet<StepName>): Step[] {
  return STEPS.map((name) => ({ name, required: required.includes(name), done: done.has(name) }));
}
