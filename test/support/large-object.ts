import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

const MIB = 1024 ** 2;
const TOTAL = 200 * MIB;

export interface LargeObject {
  readonly driver: 'local' | 's3' | 'qiniu';
  /** Of the driver, as JSON can hold them. */
  readonly options: object;
  /** Bytes. Without them it is written for ever. */
  readonly total?: number;
}

interface Carried {
  readonly size: number;
  readonly put: { readonly extra: number; readonly seconds: number };
  readonly get: { readonly extra: number; readonly seconds: number };
  readonly sent: string;
  readonly got: string;
}

/** Begins to put a large object, in a process of its own. */
export function startLargeObject(object: LargeObject): ChildProcess {
  return spawn(process.execPath, [join(__dirname, 'large-object-process.js')], {
    env: { ...process.env, LARGE_OBJECT: JSON.stringify(object) },
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
}

/** Puts 200 MiB and reads them back: byte for byte, and never with 100 MiB of memory, either way. */
export async function carryLargeObject(object: LargeObject): Promise<void> {
  const child = startLargeObject({ ...object, total: TOTAL });
  const [carried] = (await Promise.race([
    once(child, 'message'),
    once(child, 'exit').then(() => {
      throw new Error('The process with the large object has failed');
    }),
  ])) as [Carried];
  if (process.env.SHOW_FIGURES)
    process.stdout.write(`${JSON.stringify({ driver: object.driver, ...carried })}\n`);
  expect(carried.size).toBe(TOTAL);
  expect(carried.got).toBe(carried.sent);
  expect(carried.put.extra).toBeLessThan(100 * MIB);
  expect(carried.get.extra).toBeLessThan(100 * MIB);
}
