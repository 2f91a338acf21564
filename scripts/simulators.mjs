// Runs test/support/simulators/start.ts with nothing but what is installed: SWC turns each file into CommonJS as it is
// required. Node 20 cannot read TypeScript by itself.
import { createRequire } from 'node:module';
import { transformFileSync } from '@swc/core';

const require = createRequire(import.meta.url);
const options = {
  sourceMaps: 'inline',
  module: { type: 'commonjs' },
  jsc: { target: 'es2022', parser: { syntax: 'typescript' } },
};
require.extensions['.ts'] = (module, file) => module._compile(transformFileSync(file, options).code, file);
require('../test/support/simulators/start.ts');
