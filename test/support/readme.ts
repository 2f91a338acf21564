import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const README = readFileSync(join(__dirname, '..', '..', 'README.md'), 'utf8');

/** The row of a table of README, found by its first cell and what else it holds. */
export function tableRow(cell: string, holds: string): string {
  const rows = README.split('\n').filter((line) => line.startsWith(`| ${cell} |`) && line.includes(holds));
  if (rows.length !== 1) throw new Error(`README has ${rows.length} rows of "${cell}" with "${holds}"`);
  return rows[0];
}

/** A fenced block of README as it stands there, found by what it holds; tests run it, so that it stays true. */
export function fencedBlock(language: 'sh' | 'json', holds: string): string {
  const blocks = [...README.matchAll(/^```(\w+)\n(.*?)^```$/gms)]
    .filter(([, its, text]) => its === language && text.includes(holds))
    .map(([, , text]) => text);
  if (blocks.length !== 1)
    throw new Error(`README has ${blocks.length} blocks of ${language} with "${holds}"`);
  return blocks[0];
}
