const { transformSync } = require('@swc/core');
const { readFileSync } = require('node:fs');
const Module = require('node:module');
const { sep } = require('node:path');

/**
 * Lets `require()` load our TypeScript sources, compiled as in the tests: for Jest's global set-up and for
 * scripts outside Jest. Packages load as Node itself loads them. A second call does nothing.
 */
function loadTypescript() {
  if (require.extensions['.ts']?.isOurs) return;
  const [, options] = require('../../jest.config').transform['^.+\\.ts$'];
  const load = (module, filename) => {
    if (filename.includes(`${sep}node_modules${sep}`)) throw new Error(`Not ours to compile: ${filename}`);
    const { code } = transformSync(readFileSync(filename, 'utf8'), { ...options, filename, swcrc: false });
    module._compile(code, filename);
  };
  require.extensions['.ts'] = Object.assign(load, { isOurs: true });
  acceptJsEndings();
  process.setSourceMapsEnabled(true);
}

/** A source may name its neighbour './x.js', as dynamic imports must: before the build that is './x.ts'. */
function acceptJsEndings() {
  const resolve = Module._resolveFilename;
  Module._resolveFilename = function (request, parent, ...rest) {
    const ours = /^\.{1,2}\/.*\.js$/.test(request) && parent?.filename?.endsWith('.ts');
    if (!ours) return resolve.call(this, request, parent, ...rest);
    try {
      return resolve.call(this, request.replace(/\.js$/, '.ts'), parent, ...rest);
    } catch {
      return resolve.call(this, request, parent, ...rest);
    }
  };
}

module.exports = { loadTypescript };
