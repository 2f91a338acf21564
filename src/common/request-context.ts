import { AsyncLocalStorage } from 'node:async_hooks';
import { messageLocale } from './accept-language';

/** What belongs to the request that is being served, wherever in the code one is. */
export interface RequestContext {
  readonly requestId: string;
  readonly acceptLanguage?: string;
}

const storage = new AsyncLocalStorage<RequestContext>();

/** Runs `work` and all that it starts inside a request. */
export function runInRequest<Result>(context: RequestContext, work: () => Result): Result {
  return storage.run(context, work);
}

/** @returns the request being served, the same object wherever one is in it; undefined outside of one */
export function currentRequest(): RequestContext | undefined {
  return storage.getStore();
}

/** The language of messages that the request being served leads to. */
export function currentLocale(): 'zh' | 'en' {
  return messageLocale(storage.getStore()?.acceptLanguage);
}

/** @returns the id of the request being served; undefined outside of one */
export function currentRequestId(): string | undefined {
  return storage.getStore()?.requestId;
}
