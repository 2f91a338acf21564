import { pageOf } from './page';

const rows = (count: number) => Array.from({ length: count }, (_, index) => ({ id: `id-${index}` }));

describe('a page', () => {
  it('of all there is has no next one', () => {
    expect(pageOf(rows(2), 2)).toEqual({ rows: rows(2), nextCursor: null });
  });

  it('that leaves something names its last item as the cursor, and does not show the one too many', () => {
    expect(pageOf(rows(3), 2)).toEqual({ rows: rows(2), nextCursor: 'id-1' });
  });

  it('can be empty', () => {
    expect(pageOf([], 2)).toEqual({ rows: [], nextCursor: null });
  });
});
