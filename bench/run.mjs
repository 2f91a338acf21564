// npm run bench: see options.mjs for what it does and takes.
import { spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { compareOperations } from './operations.mjs';
import { HELP, readOptions } from './options.mjs';
import { PARTS } from './parts.mjs';
import { asText, reportOn } from './report.mjs';
import { here, measureStartup } from './targets.mjs';
import { Undoing } from './undoing.mjs';

const say = (text) => process.stderr.write(`${text}\n`);
const undoing = new Undoing(say);
let ending;

function end(status) {
  ending ??= undoing.undo().then(() => process.exit(status));
  return ending;
}

process.on('uncaughtException', (error) => {
  say(error.stack);
  void end(1);
});
for (const [signal, status] of [
  ['SIGINT', 130],
  ['SIGTERM', 143],
]) {
  process.on(signal, () => {
    if (!ending) say(`${signal}: stopping what was started`);
    void end(status);
  });
}

try {
  const options = readOptions(process.argv.slice(2));
  if (options.help) process.stdout.write(HELP);
  else await run(options);
  await end(0);
} catch (error) {
  // What fails because everything is being stopped is no news.
  if (!ending) say(error.message);
  await end(1);
}

async function run(options) {
  build();
  const folder = mkdtempSync(join(tmpdir(), 'gatecode-bench-'));
  undoing.push(() => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }));
  chmodSync(folder, 0o711); // under root PostgreSQL runs as somebody else, who must get through

  // One after the other: of what is measured first nothing runs when the next is.
  const part = (measure) => undoing.during((part) => measure({ folder, undoing: part, say }, options));
  const startup = options.startup ? await part(measureStartup) : undefined;
  const { profiles, ...compared } = await part(compareOperations);
  const beside = {};
  for (const name of options.parts) beside[name] = await part(PARTS[name].measure);
  const report = reportOn({ options, startup, ...compared, beside });
  process.stdout.write(options.json ? `${JSON.stringify(report, undefined, 2)}\n` : asText(report));
  for (const text of profiles) (options.json ? process.stderr : process.stdout).write(`\n${text}`);
}

function build() {
  const { status } = spawnSync(process.execPath, [here('../scripts/build-if-needed.mjs')], {
    stdio: ['ignore', 2, 2],
  });
  if (status !== 0) throw new Error('The build failed');
}
