import type { StorageCapabilities } from '../object-storage.interface';
import type { ConformanceCase } from './conformance';
import { FAULT_CASES } from './fault.cases';
import { KEY_CASES } from './key.cases';
import { LINK_CASES } from './link.cases';
import { OBJECT_CASES } from './object.cases';
import { PUT_CASES } from './put.cases';
import { TICKET_CASES } from './ticket.cases';

/** What every store promises. */
export const STORAGE_CASES: readonly ConformanceCase[] = [
  ...PUT_CASES,
  ...OBJECT_CASES,
  ...KEY_CASES,
  ...LINK_CASES,
  ...TICKET_CASES,
  ...FAULT_CASES,
];

/** Those that a store with these capabilities has to keep. */
export function storageCasesFor(capabilities: StorageCapabilities): ConformanceCase[] {
  return STORAGE_CASES.filter(({ needs }) => !needs || needs(capabilities));
}
