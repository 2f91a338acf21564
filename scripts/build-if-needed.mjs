// `npm start` runs this first: builds when dist/ is missing or older than the sources, else does nothing.
import { spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const dist = join(root, 'dist');
const entry = join(dist, 'src', 'main.js');
/** Lies in dist/ while a build runs, with its process id: whatever is found beside it may be half a build. */
const marker = join(dist, '.building');
/** No build takes longer; a marker older than this is of a killed one, whoever has its process id by now. */
const LONGEST_BUILD_MS = 60_000;

await otherBuildEnded();
if (existsSync(marker)) rmSync(dist, { recursive: true, force: true }); // that build was killed
if (isStale()) build();

function isStale() {
  const built = modifiedAt(entry);
  if (built === undefined) return true;
  const settings = readdirSync(root).filter((name) => /^(package|nest-cli|tsconfig.*)\.json$/.test(name));
  return [...settings, 'src', 'migrations'].some((name) => isNewer(join(root, name), built));
}

/** Folders count like files: their time is that of the last file that came or went. */
function isNewer(path, built) {
  const stats = statSync(path, { throwIfNoEntry: false });
  if (!stats) return false;
  if (stats.mtimeMs > built) return true;
  return stats.isDirectory() && readdirSync(path).some((name) => isNewer(join(path, name), built));
}

function build() {
  const nest = findNest();
  const startedAt = new Date();
  // Standard output belongs to what is started after this.
  console.error(
    existsSync(entry) ? 'Sources changed: building...' : 'Building (the first time takes some seconds)...',
  );
  mkdirSync(dist, { recursive: true });
  writeFileSync(marker, String(process.pid));
  const { status } = spawnSync(process.execPath, [nest, 'build'], { cwd: root, stdio: ['inherit', 2, 2] });
  if (status !== 0 || !existsSync(entry)) fail();
  // The compiler leaves what did not change alone, also main.js. Not the present time: a file may have been
  // saved while the build ran.
  utimesSync(entry, startedAt, startedAt);
  rmSync(marker);
}

/** The compiler writes files in spite of type errors: nobody shall take them for a build. */
function fail() {
  rmSync(dist, { recursive: true, force: true });
  console.error('The build failed: see the errors above.');
  process.exit(1);
}

function findNest() {
  const { resolve } = createRequire(import.meta.url);
  try {
    resolve('typescript');
    return resolve('@nestjs/cli/bin/nest.js');
  } catch {
    console.error(
      'Gatecode must be built, and what builds it is not installed. Run `npm install --include=dev` ' +
        '(NODE_ENV=production and --omit=dev leave it out), or build on another machine and bring dist/ along: ' +
        '`node dist/src/main.js` runs it as it is.',
    );
    process.exit(1);
  }
}

async function otherBuildEnded() {
  while (otherBuildRuns()) await delay(200);
}

function otherBuildRuns() {
  try {
    const pid = Number(readFileSync(marker, 'utf8'));
    if (pid === process.pid || Date.now() - modifiedAt(marker) > LONGEST_BUILD_MS) return false;
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

function modifiedAt(file) {
  return statSync(file, { throwIfNoEntry: false })?.mtimeMs;
}
