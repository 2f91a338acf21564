import type { Clock } from '../../../common/clock';
import type { Secrets } from '../../../common/secrets';
import type { OpenFile } from './local-folder';

export interface LocalOptions {
  /**
   * Where objects lie. Made if it is not there; nobody else writes to it. Needs hard links. Several instances have to share
   * it: of another folder nobody knows what lies there, nor which tickets were used.
   */
  readonly folder: string;
  /**
   * Where the routes of this store can be reached from outside; ends in the name that the store has in StorageModule:
   * `https://api.example.org/v1/storage/local`.
   */
  readonly baseUrl: string;
  /** Signs tickets and URLs. The same on all machines that share the folder. */
  readonly secrets: Secrets;
  /** Who may read an object: whoever knows its URL, or whoever has a signed one. @default 'signed' */
  readonly access?: 'public' | 'signed';
  /**
   * Origins whose pages may upload and read by script: `https://shop.example.org`; `*` for all of them. Forms, and pages of the
   * origin of `baseUrl`, need none. Default: none.
   */
  readonly origins?: readonly string[];
  readonly clock?: Clock;
  /** Opens files that are written: for tests. */
  readonly openFile?: OpenFile;
}
