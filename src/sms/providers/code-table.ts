import type { CodeClass } from './vendor-outcome';

/**
 * Turns rows of codes into a lookup.
 * @param rows codes separated by blanks, and their class; `111001-111099` is a range of numeric codes of equal length
 */
export function codeTable(rows: readonly (readonly [codes: string, codeClass: CodeClass])[]) {
  const table = new Map<string, CodeClass>();
  for (const [codes, codeClass] of rows) {
    for (const code of codes.split(/\s+/).filter(Boolean).flatMap(expand)) table.set(code, codeClass);
  }
  return table as ReadonlyMap<string, CodeClass>;
}

function expand(code: string): string[] {
  const [, from, to] = /^(\d+)-(\d+)$/.exec(code) ?? [];
  if (!from || !to) return [code];
  return Array.from({ length: Number(to) - Number(from) + 1 }, (_, index) => String(Number(from) + index));
}
