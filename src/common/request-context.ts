import { AsyncLocalStorage } from 'node:async_hooks';

/** What belongs to the request that is being served, wherever in the code one is. */
export interface RequestContext {
  readonly requestId: string;
}

const storage = new AsyncLocalStorage<RequestContext>();

/** Runs `work` and all that it starts inside a request. */
export function runInRequest<Result>(context: RequestContext, work: () => Result): Result {
  return storage.run(context, work);
}

/** @returns the id of the request being served; undefined outside of one */
export function currentRequestId(): string | undefined {
  return storage.getStore()?.requestId;
}
