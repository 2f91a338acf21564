import { GroupCommit } from './group-commit';

describe('GroupCommit', () => {
  it('writes what came together in one statement, and answers each its own result', async () => {
    const batches: number[][] = [];
    const group = new GroupCommit<number, number>((items) => {
      batches.push(items);
      return Promise.resolve(items.map((item) => item * 10));
    });
    const results = await Promise.all([1, 2, 3].map((item) => group.add(item)));
    expect(results).toEqual([10, 20, 30]);
    expect(batches).toEqual([[1, 2, 3]]);
  });

  it('fails all of a batch together, and goes on', async () => {
    let broken = true;
    const group = new GroupCommit<number, number>((items) =>
      broken ? Promise.reject(new Error('gone')) : Promise.resolve(items),
    );
    const failed = await Promise.allSettled([group.add(1), group.add(2)]);
    expect(failed.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    broken = false;
    await expect(group.add(3)).resolves.toBe(3);
  });

  it('lets a row that is refused fail alone', async () => {
    const group = new GroupCommit<number, number>((items) =>
      items.includes(2) ? Promise.reject(new Error('refused')) : Promise.resolve(items),
    );
    const settled = await Promise.allSettled([1, 2, 3].map((item) => group.add(item)));
    expect(settled.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
  });

  it('refuses what waited too long for the statements of others, unwritten', async () => {
    const written: number[] = [];
    let answer = () => {};
    const group = new GroupCommit<number, number>(
      (items) => {
        written.push(...items);
        return new Promise((resolve) => (answer = () => resolve(items)));
      },
      { parallel: 1, longestWaitMs: 50 },
    );
    const first = group.add(1);
    await new Promise((resolve) => setImmediate(resolve));
    expect(written).toEqual([1]);
    const late = group.add(2);
    late.catch(() => undefined);
    await new Promise((resolve) => setTimeout(resolve, 60));
    answer();
    await expect(first).resolves.toBe(1);
    await expect(late).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
    expect(written).toEqual([1]);
  });

  it('gathers while statements are under way, and never runs more than allowed', async () => {
    let running = 0;
    let most = 0;
    const sizes: number[] = [];
    const group = new GroupCommit<number, number>(
      async (items) => {
        running += 1;
        most = Math.max(most, running);
        sizes.push(items.length);
        await new Promise((resolve) => setImmediate(resolve));
        await new Promise((resolve) => setImmediate(resolve));
        running -= 1;
        return items;
      },
      { parallel: 1 },
    );
    const work: Promise<number>[] = [];
    for (let item = 0; item < 20; item += 1) {
      work.push(group.add(item));
      if (item % 5 === 0) await new Promise((resolve) => setImmediate(resolve));
    }
    await Promise.all(work);
    expect(most).toBe(1);
    expect(sizes.length).toBeLessThan(20);
  });
});
