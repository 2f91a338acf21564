// `npm run openapi` writes openapi.json, the contract; with --check it only compares, for CI. Needs no store: Nest's
// preview mode reads the build's modules and makes none of their providers.
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import prettier from 'prettier';
import './build-if-needed.mjs';

const FILE = fileURLToPath(new URL('../openapi.json', import.meta.url));
const built = (path) => import(new URL(`../dist/src/${path}`, import.meta.url).href);
/** Lines shown on either side of the first difference. */
const CONTEXT = 4;

const complaints = [];
const text = await generate();
if (complaints.length > 0) {
  console.error(`The document is not sound:\n${complaints.map((line) => `- ${line}`).join('\n')}`);
  process.exit(1);
}
if (process.argv.includes('--check')) compare(readIfThere(FILE), text);
else {
  writeFileSync(FILE, text);
  console.log('openapi.json is written.');
}

async function generate() {
  const { previewDocument } = await built('openapi.js');
  const generated = await previewDocument((warning) => complaints.push(warning));
  complaints.push(...repeatedIds(generated));
  return prettier.format(JSON.stringify(generated), {
    ...(await prettier.resolveConfig(FILE)),
    parser: 'json',
    // One member a line, so that a difference is where the change is.
    objectWrap: 'preserve',
  });
}

/** Generated clients name their methods after these. */
function repeatedIds({ paths }) {
  const ids = Object.values(paths)
    .flatMap((item) => Object.values(item))
    .map(({ operationId }) => operationId);
  return ids.filter((id, index) => ids.indexOf(id) !== index).map((id) => `operationId ${id} is used twice`);
}

function compare(committed, generated) {
  if (committed === generated) return console.log('openapi.json is up to date.');
  const [before, after] = [committed.split('\n'), generated.split('\n')];
  const at = after.findIndex((line, index) => line !== before[index]);
  const changed = (lines, others, sign) =>
    lines
      .slice(at, at + CONTEXT)
      .filter((line, index) => line !== others[at + index])
      .map((line) => `${sign} ${line}`);
  console.error(
    [
      `openapi.json is not what the build gives; the first difference is in line ${at + 1}:`,
      ...after.slice(Math.max(0, at - CONTEXT), at).map((line) => `  ${line}`),
      ...changed(before, after, '-'),
      ...changed(after, before, '+'),
      'Is the change of the contract meant? Then run `npm run openapi` and commit the file.',
    ].join('\n'),
  );
  process.exit(1);
}

function readIfThere(file) {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
