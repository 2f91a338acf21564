import type { Finding } from './finding';

const COLOURS = { ok: 32, warn: 33, fail: 31 } as const;

/** One line for each finding: `ok|warn|fail  subject  detail  -> remedy`, and a line that counts them. */
export function writeReport(findings: readonly Finding[], coloured: boolean): string {
  const width = Math.max(...findings.map(({ subject }) => subject.length));
  const lines = findings.map(({ verdict, subject, detail, remedy }) => {
    const word = coloured ? `\u001b[${COLOURS[verdict]}m${verdict.padEnd(4)}\u001b[0m` : verdict.padEnd(4);
    return `${word}  ${subject.padEnd(width)}  ${detail}${remedy ? `  -> ${remedy}` : ''}`;
  });
  const count = (verdict: Finding['verdict']) =>
    findings.filter((finding) => finding.verdict === verdict).length;
  return [...lines, '', `${count('ok')} ok, ${count('warn')} warn, ${count('fail')} fail`, ''].join('\n');
}
