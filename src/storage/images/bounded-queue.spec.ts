import { BoundedQueue } from './bounded-queue';

describe('A bounded queue', () => {
  it('runs in order, one at a time, and goes on after a failure', async () => {
    const queue = new BoundedQueue(1, 10, () => new Error('full'));
    const seen: string[] = [];
    const work = (name: string) => async () => {
      seen.push(`${name} begins`);
      await new Promise(setImmediate);
      seen.push(`${name} ends`);
      if (name === 'b') throw new Error('broken');
    };
    const all = ['a', 'b', 'c'].map((name) => queue.run(work(name)));
    expect((await Promise.allSettled(all)).map(({ status }) => status)).toEqual([
      'fulfilled',
      'rejected',
      'fulfilled',
    ]);
    expect(seen).toEqual(['a begins', 'a ends', 'b begins', 'b ends', 'c begins', 'c ends']);
  });

  it('sends away what does not fit', async () => {
    const queue = new BoundedQueue(1, 1, () => new Error('full'));
    const [first, second] = [queue.run(() => Promise.resolve(1)), queue.run(() => Promise.resolve(2))];
    await expect(queue.run(() => Promise.resolve(3))).rejects.toThrow('full');
    expect(await Promise.all([first, second])).toEqual([1, 2]);
    expect(await queue.run(() => Promise.resolve(4))).toBe(4);
  });
});
