/** Items of a page when nothing else is said. */
export const PAGE_SIZE = 50;

/**
 * Makes a page of what was read with one item too many: that there is one tells that there is another page.
 * @param rows at most `limit + 1`
 */
export function pageOf<Row extends { id: string }>(
  rows: readonly Row[],
  limit: number,
): { rows: readonly Row[]; nextCursor: string | null } {
  const shown = rows.slice(0, limit);
  return { rows: shown, nextCursor: rows.length > limit ? shown[limit - 1].id : null };
}
