import type { CodeClass, CodeVerdict } from './vendor-outcome';

/** Codes separated by blanks, their class, and whether the next gateway may be asked where the class says otherwise. */
export type CodeRow = readonly [codes: string, codeClass: CodeClass, failOver?: CodeVerdict['failOver']];

/**
 * Turns rows of codes into a lookup.
 * @param rows `111001-111099` is a range of numeric codes of equal length
 */
export function codeTable(rows: readonly CodeRow[]): ReadonlyMap<string, CodeVerdict> {
  const table = new Map<string, CodeVerdict>();
  for (const [codes, codeClass, failOver] of rows) {
    const verdict = { codeClass, ...(failOver && { failOver }) };
    for (const code of codes.split(/\s+/).filter(Boolean).flatMap(expand)) table.set(code, verdict);
  }
  return table;
}

function expand(code: string): string[] {
  const [, from, to] = /^(\d+)-(\d+)$/.exec(code) ?? [];
  if (!from || !to) return [code];
  return Array.from({ length: Number(to) - Number(from) + 1 }, (_, index) => String(Number(from) + index));
}
