/** The longest time that a timer knows, some 24 days. What is longer would end at once. */
const MOST = 2 ** 31 - 1;

/**
 * The limits of a driver. What is not said, or is undefined, is the default.
 * @throws {TypeError} for one that is no whole number from 1 on
 */
export function limitsOf<Limits extends object>(defaults: Limits, wishes: Partial<Limits> = {}): Limits {
  const said = Object.entries<unknown>(wishes).filter(([, value]) => value !== undefined);
  for (const [name, value] of said)
    if (!Number.isSafeInteger(value) || Number(value) < 1 || Number(value) > MOST)
      throw new TypeError(`${name} has to be a whole number from 1 to ${MOST}`);
  return { ...defaults, ...Object.fromEntries(said) };
}
