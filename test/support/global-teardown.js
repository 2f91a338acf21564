const { rmSync } = require('node:fs');

/** Stops what the global set-up started and deletes its folder. */
module.exports = async function globalTeardown() {
  const started = globalThis.gatecodeTestStores;
  if (!started) return;
  await started.stores.stop({ deleteData: true });
  rmSync(started.dataDir, { recursive: true, force: true });
};
