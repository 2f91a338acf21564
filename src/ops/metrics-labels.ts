/** What stands for all values that came too late. */
export const OTHER = 'other';

/**
 * Keeps a label from growing without end: known values, then the first that come, then `other`. A host may give its
 * messages any purpose, and every new value of a label is a new time series for ever.
 */
export class BoundedLabel {
  private readonly values: Set<string>;

  /**
   * @param known always told apart
   * @param most how many beyond those are
   */
  constructor(
    known: Iterable<string> = [],
    private most = 50,
  ) {
    this.values = new Set(known);
  }

  of(value: string): string {
    if (this.values.has(value)) return value;
    if (this.most <= 0) return OTHER;
    this.most -= 1;
    this.values.add(value);
    return value;
  }
}
