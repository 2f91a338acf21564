const { transformSync } = require('@swc/core');
const { readFileSync } = require('node:fs');
const { sep } = require('node:path');

/**
 * Lets `require()` load our TypeScript sources, compiled as in the tests: for Jest's global set-up and for
 * scripts outside Jest. Packages load as Node itself loads them.
 */
function loadTypescript() {
  const [, options] = require('../../jest.config').transform['^.+\\.ts$'];
  require.extensions['.ts'] = (module, filename) => {
    if (filename.includes(`${sep}node_modules${sep}`)) throw new Error(`Not ours to compile: ${filename}`);
    const { code } = transformSync(readFileSync(filename, 'utf8'), { ...options, filename, swcrc: false });
    module._compile(code, filename);
  };
  process.setSourceMapsEnabled(true);
}

module.exports = { loadTypescript };
