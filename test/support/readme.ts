import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const README = readFileSync(join(__dirname, '..', '..', 'README.md'), 'utf8');

/** A fenced block of README as it stands there, found by what it holds; tests run it, so that it stays true. */
export function fencedBlock(language: 'sh' | 'json', holds: string): string {
  const blocks = [...README.matchAll(/^```(\w+)\n(.*?)^```$/gms)]
    .filter(([, its, text]) => its === language && text.includes(holds))
    .map(([, , text]) => text);
  if (blocks.length !== 1)
    throw new Error(`README has ${blocks.length} blocks of ${language} with "${holds}"`);
  return blocks[0];
}
