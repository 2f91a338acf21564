// What the tests of a third party's driver import: `gatecode/testing`. Needs no test framework.

export type { ConformanceCase, ConformanceTools } from './storage/conformance/conformance';
export { STORAGE_CASES, storageCasesFor } from './storage/conformance/storage-cases';
