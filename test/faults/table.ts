import type { Violation } from './ledger';
import type { Result } from './matrix';

const LINES_SHOWN = 12;

/** The whole matrix at a glance. */
export function tableOf(results: readonly Result[]): string {
  const head = [
    'scenario',
    'instances',
    'requests',
    '202',
    'vendor messages',
    'unknown',
    'extra messages',
    'worst answer ms',
    'recovery ms',
    'verdict',
  ];
  const rows = results.map((result) =>
    [
      result.scenario,
      result.instances,
      result.requests,
      result.accepted,
      result.messages,
      result.unknown,
      result.extra,
      result.worstMs,
      result.recoveryMs ?? '-',
      verdictOf(result),
    ].map(String),
  );
  const widths = head.map((title, column) =>
    Math.max(title.length, ...rows.map((row) => row[column].length)),
  );
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, column) => cell.padEnd(widths[column]))
      .join(' | ')
      .trimEnd();
  return [line(head), widths.map((width) => '-'.repeat(width)).join('-|-'), ...rows.map(line)].join('\n');
}

/** What was found, with the lines of the ledgers that show it. */
export function findingsOf({ scenario, instances, violations }: Result): string {
  return violations
    .map(({ rule, what, lines }: Violation) => {
      const shown = lines.slice(0, LINES_SHOWN).map((line) => `    ${line}`);
      const more = lines.length > LINES_SHOWN ? [`    ... and ${lines.length - LINES_SHOWN} more`] : [];
      return [`  ${scenario} on ${instances}: ${rule}: ${what}`, ...shown, ...more].join('\n');
    })
    .join('\n');
}

function verdictOf({ violations }: Result): string {
  if (violations.length === 0) return 'held';
  return `BROKEN: ${[...new Set(violations.map(({ rule }) => rule))].join(', ')}`;
}
