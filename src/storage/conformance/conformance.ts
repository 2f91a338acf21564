import type {
  ObjectStorage,
  StorageCapabilities,
  UploadTicketRequest,
  UploadTicket,
} from '../object-storage.interface';

/** What a case can't do through the interface, and the test of a driver does for it. */
export interface ConformanceTools {
  /** Talks to the store as a browser would. Default: the global one. */
  readonly fetch?: typeof fetch;
  /** A ticket that was good, and whose time is over. */
  expiredTicket(request: UploadTicketRequest): Promise<UploadTicket>;
  /** A signed URL that was good, and whose time is over. */
  expiredUrl(key: string): Promise<string>;
  /** The same store, but with credentials or keys that are not its own. */
  withOtherSecret(): ObjectStorage | Promise<ObjectStorage>;
  /** A store of the same kind that is not there: nobody listens, no such folder. */
  unreachable(): ObjectStorage | Promise<ObjectStorage>;
  /** Texts that no error, ticket or URL may hold. */
  readonly secrets: readonly string[];
  /** What uploads have left behind unfinished: temporary files, open multipart uploads. */
  unfinished?(): Promise<readonly string[]>;
  /** Size of a large object. Default 12 MiB: several parts wherever there are parts. */
  readonly largeBytes?: number;
}

/** One promise of the interface. Knows no test framework: `run` rejects with an AssertionError when it is not kept. */
export interface ConformanceCase {
  readonly name: string;
  /** Left out where the store says that it can't. Default: for every store. */
  readonly needs?: (capabilities: StorageCapabilities) => boolean;
  run(store: ObjectStorage, tools: ConformanceTools): Promise<void>;
}
