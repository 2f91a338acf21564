import { isStoreUnavailable } from '../common/problem-stores';

interface Waiting<Item, Result> {
  item: Item;
  resolve: (result: Result) => void;
  reject: (error: unknown) => void;
}

/**
 * Lets concurrent requests share one multi-row statement, and so one round trip and, where they write, one commit.
 * Nothing waits on a timer: what arrives while statements are under way leaves with the next one.
 */
export class GroupCommit<Item, Result> {
  private waiting: Waiting<Item, Result>[] = [];
  private underWay = 0;
  private scheduled = false;

  /**
   * @param write takes all items in one statement and answers one result each, in their order
   * @param parallel statements under way at once
   */
  constructor(
    private readonly write: (items: Item[]) => Promise<Result[]>,
    private readonly parallel = 2,
    private readonly largest = 200,
  ) {}

  add(item: Item): Promise<Result> {
    return new Promise<Result>((resolve, reject) => {
      this.waiting.push({ item, resolve, reject });
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
