// npm run test:faults: see test/faults/options.ts for what it does and takes. SWC turns each file into CommonJS as it
// is required: Node 20 cannot read TypeScript by itself.
import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);
require('../test/support/load-typescript.js').loadTypescript();
require('reflect-metadata');
const { main } = require('../test/faults/main.ts');

main(process.argv.slice(2)).then(
  (code) => process.exit(code),
  (error) => {
    console.error(error.message);
    process.exit(1);
  },
);
