/** The middle one of some numbers. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((one, other) => one - other);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/**
 * Two-sample Kolmogorov-Smirnov test, with the asymptotic distribution (Numerical Recipes, 14.3).
 * @returns how probable a difference as large as this one is if both come from the same source
 */
export function sameSource(one: readonly number[], other: readonly number[]): number {
  const [a, b] = [one, other].map((values) => [...values].sort((x, y) => x - y));
  let distance = 0;
  for (let i = 0, j = 0; i < a.length && j < b.length;) {
    const next = Math.min(a[i], b[j]);
    while (i < a.length && a[i] <= next) i += 1;
    while (j < b.length && b[j] <= next) j += 1;
    distance = Math.max(distance, Math.abs(i / a.length - j / b.length));
  }
  const size = Math.sqrt((a.length * b.length) / (a.length + b.length));
  const lambda = (size + 0.12 + 0.11 / size) * distance;
  let sum = 0;
  for (let k = 1; k <= 100; k += 1) sum += (k % 2 ? 2 : -2) * Math.exp(-2 * k * k * lambda * lambda);
  return lambda < 0.2 ? 1 : Math.min(1, Math.max(0, sum));
}
