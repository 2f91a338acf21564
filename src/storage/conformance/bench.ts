import { objectKey } from '../object-key';
import type { ObjectStorage, StorageCapabilities } from '../object-storage.interface';
import type { ConformanceCase, ConformanceTools } from './conformance';

/** What a case works with. */
export interface Bench {
  readonly store: ObjectStorage;
  readonly tools: ConformanceTools;
  readonly fetch: typeof fetch;
  /** A key that nobody had before; what lies there is deleted after the case. */
  readonly key: (extension?: string) => string;
}

type Run = (bench: Bench) => Promise<void>;

/** Makes cases that clean up after themselves. */
export function define(
  name: string,
  run: Run,
  needs?: (has: StorageCapabilities) => boolean,
): ConformanceCase {
  return {
    name,
    needs,
    async run(store, tools) {
      const keys: string[] = [];
      const key = (extension = 'bin') => {
        const made = objectKey({ purpose: 'conformance', name: `o${keys.length}`, extension });
        keys.push(made);
        return made;
      };
      try {
        await run({ store, tools, fetch: tools.fetch ?? fetch, key });
      } finally {
        await Promise.allSettled(keys.map((each) => store.delete(each)));
      }
    },
  };
}
