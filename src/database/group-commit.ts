import { Problem } from '../common/problem';
import { isStoreUnavailable } from '../common/problem-stores';

interface Waiting<Item, Result> {
  item: Item;
  resolve: (result: Result) => void;
  reject: (error: unknown) => void;
  since: number;
}

export interface GroupCommitOptions {
  /** Statements under way at once. Default 2. */
  readonly parallel?: number;
  /** Rows in one statement at the most. Default 200. */
  readonly largest?: number;
  /** Milliseconds a row waits for a statement; then it is refused unwritten. Default: as long as it takes. */
  readonly longestWaitMs?: number;
}

/** For requests: whoever waits for the statements of others as long as this does not get an answer in time. */
export const REQUEST_WAIT_MS = 300;

/**
 * Lets concurrent requests share one multi-row statement, and so one round trip and, where they write, one commit.
 * Nothing waits on a timer: what arrives while statements are under way leaves with the next one.
 */
export class GroupCommit<Item, Result> {
  private readonly parallel: number;
  private readonly largest: number;
  private readonly longestWaitMs: number;
  private waiting: Waiting<Item, Result>[] = [];
  private underWay = 0;
  private scheduled = false;

  /**
   * @param write takes all items in one statement and answers one result each, in their order
   */
  constructor(
    private readonly write: (items: Item[]) => Promise<Result[]>,
    { parallel = 2, largest = 200, longestWaitMs = Infinity }: GroupCommitOptions = {},
  ) {
    this.parallel = parallel;
    this.largest = largest;
    this.longestWaitMs = longestWaitMs;
  }

  add(item: Item): Promise<Result> {
    return new Promise<Result>((resolve, reject) => {
      this.waiting.push({ item, resolve, reject, since: performance.now() });
      this.schedule();
    });
  }

  private schedule(): void {
    if (this.scheduled || this.underWay >= this.parallel || this.waiting.length === 0) return;
    this.scheduled = true;
    // One turn of the event loop: requests that were read together are written together.
    setImmediate(() => {
      this.scheduled = false;
      void this.flush();
    });
  }

  private async flush(): Promise<void> {
    this.refuseOverdue();
    const batch = this.waiting.splice(0, this.largest);
    if (batch.length === 0) return;
    this.underWay += 1;
    this.schedule();
    try {
      const results = await this.write(batch.map(({ item }) => item));
      batch.forEach(({ resolve }, index) => resolve(results[index]));
    } catch (error) {
      if (batch.length === 1 || isStoreUnavailable(error)) batch.forEach(({ reject }) => reject(error));
      else await Promise.all(batch.map((each) => this.writeAlone(each)));
    } finally {
      this.underWay -= 1;
      this.schedule();
    }
  }

  /** The oldest wait in front. */
  private refuseOverdue(): void {
    const now = performance.now();
    const inTime = this.waiting.findIndex(({ since }) => now - since <= this.longestWaitMs);
    const overdue = this.waiting.splice(0, inTime < 0 ? this.waiting.length : inTime);
    overdue.forEach(({ reject }) => reject(new Problem('STORE_UNAVAILABLE')));
  }

  /** A row that the database refuses does not take along those that shared its statement. */
  private async writeAlone({ item, resolve, reject }: Waiting<Item, Result>): Promise<void> {
    try {
      const [result] = await this.write([item]);
      resolve(result);
    } catch (error) {
      reject(error);
    }
  }
}
