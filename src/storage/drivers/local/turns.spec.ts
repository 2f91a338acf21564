import { StorageError } from '../../storage.error';
import { Turns } from './turns';

describe('turns', () => {
  const waiting = () => {
    let end = (): void => undefined;
    const work = new Promise<void>((resolve) => (end = resolve));
    return { work: () => work, end };
  };

  it('are four at a time for one ticket, whatever others do', async () => {
    const turns = new Turns();
    const works = Array.from({ length: 4 }, waiting);
    const taken = works.map(({ work }) => turns.take('a', work));
    await expect(turns.take('a', () => Promise.resolve())).rejects.toThrow(StorageError);
    await expect(turns.take('b', () => Promise.resolve(7))).resolves.toBe(7);
    works[0].end();
    await taken[0];
    await expect(turns.take('a', () => Promise.resolve(8))).resolves.toBe(8);
    for (const { end } of works) end();
    await Promise.all(taken);
  });

  it('are given back by who fails', async () => {
    const turns = new Turns();
    for (let turn = 0; turn < 9; turn++)
      await expect(turns.take('a', () => Promise.reject(new Error('no')))).rejects.toThrow('no');
  });
});
