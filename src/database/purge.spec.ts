import { Purge, PURGE_BATCH } from './purge';

/** Deletes as many rows as there are, and tells how often it was asked. */
function rows(there: number) {
  const asked: number[] = [];
  const deleteBatch = () => {
    const batch = Math.min(PURGE_BATCH, there);
    there -= batch;
    asked.push(batch);
    return Promise.resolve(batch);
  };
  return { asked, deleteBatch };
}

describe('Purge', () => {
  it.each([
    [0, [0]],
    [7, [7]],
    [PURGE_BATCH, [PURGE_BATCH, 0]],
    [2 * PURGE_BATCH + 1, [PURGE_BATCH, PURGE_BATCH, 1]],
  ])('deletes %i rows by batches', async (there, batches) => {
    const { asked, deleteBatch } = rows(there);
    expect(await new Purge('test.rows', deleteBatch).run()).toBe(there);
    expect(asked).toEqual(batches);
  });

  it('goes on another time when the store is gone', async () => {
    let isGone = true;
    const purge = new Purge('test.rows', () =>
      isGone ? Promise.reject(new Error('gone')) : Promise.resolve(3),
    );
    expect(await purge.run()).toBe(0);
    isGone = false;
    expect(await purge.run()).toBe(3);
  });

  it('stops between two batches', async () => {
    const { asked, deleteBatch } = rows(5 * PURGE_BATCH);
    const purge: Purge = new Purge('test.rows', () => {
      if (asked.length === 1) purge.stop();
      return deleteBatch();
    });
    await purge.run();
    expect(asked).toHaveLength(2);
  });
});
