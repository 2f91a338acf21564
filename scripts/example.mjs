// `npm run example`: packs Gatecode, installs the tarball in a copy of examples/host-platform, and builds and tests that
// as CommonJS and as an ES module, on embedded stores.
import { spawn } from 'node:child_process';
import { cpSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';

const KINDS = ['commonjs', 'module'];
const HELP = `Installs Gatecode in a host platform as its users do, from a tarball, and tells the platform's story.

  npm run example                        CommonJS, then an ES module
  npm run example -- --type module       one of them: ${KINDS.join(' or ')}
  npm run example -- --keep              leave the folder with the installed platform
`;
const ROOT = resolve(import.meta.dirname, '..');

const options = readOptions();
const folder = mkdtempSync(join(tmpdir(), 'gatecode-example-'));
const platform = join(folder, 'host-platform');
let stores;

try {
  await build();
  await install();
  for (const type of options.type ? [options.type] : KINDS) await tell(type);
  console.log('The example works.');
} catch (error) {
  console.error(`The example does not work: ${error.message}`);
  process.exitCode = 1;
} finally {
  await stores?.stop({ deleteData: true });
  if (options.keep) console.log(`Kept: ${platform}`);
  else rmSync(folder, { recursive: true, force: true });
}

function readOptions() {
  try {
    const { values } = parseArgs({
      options: { type: { type: 'string' }, keep: { type: 'boolean' }, help: { type: 'boolean', short: 'h' } },
    });
    if (values.help) {
      console.log(HELP);
      process.exit(0);
    }
    if (values.type && !KINDS.includes(values.type)) throw new Error(`--type is ${KINDS.join(' or ')}`);
    return values;
  } catch (error) {
    console.error(`${error.message}\n\n${HELP}`);
    process.exit(2);
  }
}

async function build() {
  await run('Building and packing Gatecode', ROOT, ['npm', 'run', '--silent', 'build']);
  await run('', ROOT, ['npm', 'pack', '--silent', '--ignore-scripts', '--pack-destination', folder]);
}

async function install() {
  const tarball = readdirSync(folder).find((name) => name.endsWith('.tgz'));
  cpSync(join(ROOT, 'examples/host-platform'), platform, {
    recursive: true,
    filter: (path) => !/\/(node_modules|dist)$/.test(path),
  });
  await run(`Installing ${tarball}`, platform, [
    ...['npm', 'install', '--silent', '--no-audit', '--no-fund', '--no-package-lock', join(folder, tarball)],
  ]);
}

/** On stores of its own: limits of one story are not used up by another. */
async function tell(type) {
  const { startEmbeddedStores } = await import('../dist/src/embedded/embedded-stores.js');
  rmSync(join(platform, 'dist'), { recursive: true, force: true });
  await run(`As ${type}`, platform, ['npm', 'pkg', 'set', `type=${type}`]);
  await run('', platform, ['npm', 'run', '--silent', 'build']);
  stores = await startEmbeddedStores({
    dataDir: join(folder, `data-${type}`),
    needPostgres: true,
    needRedis: true,
    unsafeFast: true,
    log: () => undefined,
  });
  await run('', platform, ['npm', 'test', '--silent'], {
    DATABASE_URL: stores.databaseUrl,
    REDIS_URL: stores.redisUrl,
  });
  await stores.stop({ deleteData: true });
}

function run(title, cwd, [command, ...args], variables = {}) {
  if (title) console.log(`\n${title}`);
  const child = spawn(command, args, { cwd, stdio: 'inherit', env: { ...process.env, ...variables } });
  return new Promise((done, failed) => {
    child.once('error', failed);
    child.once('exit', (code) =>
      code === 0 ? done() : failed(new Error(`${command} ${args[0]} ended with ${code}`)),
    );
  });
}
