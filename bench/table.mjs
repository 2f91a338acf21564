/**
 * Lines for people, columns aligned.
 * @param columns `[title, cell]` each; `cell` is called with the members of a row
 * @param rows arrays; the first column is of words, the others are of figures
 */
export function table(columns, rows) {
  const head = columns.map(([title]) => title);
  const cells = rows.map((row) => columns.map(([, cell]) => cell(...row)));
  const widths = head.map((title, index) => Math.max(title.length, ...cells.map((row) => row[index].length)));
  const line = (row) =>
    row
      .map((cell, index) => (index === 0 ? cell.padEnd(widths[0]) : cell.padStart(widths[index])))
      .join('  ');
  return [head, ...cells].map(line);
}

export const verdict = (met) => (met ? 'met' : 'missed');
