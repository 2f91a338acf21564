import type { PutOptions } from '../../object-storage.interface';
import type { Deadline } from '../common/deadline';

/** One object on its way in. */
export interface Upload {
  readonly key: string;
  readonly token: string;
  readonly options: PutOptions;
  readonly deadline: Deadline;
}

/** How an upload may end: all but the first are looked into, before they are called a failure. */
export const UPLOAD_ENDS = [200, 579, 612, 614];
