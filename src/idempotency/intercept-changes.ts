import {
  type CanActivate,
  type ExecutionContext,
  type INestApplication,
  type NestInterceptor,
  RequestMethod,
} from '@nestjs/common';
import { GUARDS_METADATA, METHOD_METADATA } from '@nestjs/common/constants';
import { MetadataScanner, ModulesContainer } from '@nestjs/core';
import type { IncomingHttpHeaders } from 'node:http';
import { defer, from, lastValueFrom, mergeAll } from 'rxjs';
import { currentRequest } from '../common/request-context';
import { CHANGING_METHODS } from './idempotency-key';

type Handler = (this: unknown, ...args: unknown[]) => unknown;

/** Requests that carry a key, once they have passed all guards. */
const keyed = new WeakMap<object, ExecutionContext>();

/**
 * Puts an interceptor before all routes of an application that change state, for requests that carry an
 * `Idempotency-Key`. The same as `useGlobalInterceptors()`, which costs a change a good tenth of its CPU time, key or
 * not. Requests must be served in `runInRequest()`. Before the application is initialised.
 */
export function interceptChanges(app: INestApplication, interceptor: NestInterceptor): void {
  const scanner = new MetadataScanner();
  for (const { controllers } of app.get(ModulesContainer).values()) {
    for (const { instance } of controllers.values()) {
      const controller = instance as Record<string, Handler>;
      for (const name of scanner.getAllMethodNames(Object.getPrototypeOf(controller) as object)) {
        if (changesState(controller[name]))
          controller[name] = intercepted(controller[name], controller, interceptor);
      }
    }
  }
}

function changesState(handler: Handler): boolean {
  const method = Reflect.getMetadata(METHOD_METADATA, handler) as RequestMethod | undefined;
  return method !== undefined && CHANGING_METHODS.has(RequestMethod[method]);
}

/** A handler of one instance: its class may serve another application of this process, without the interceptor. */
function intercepted(handler: Handler, controller: object, interceptor: NestInterceptor): Handler {
  const own: Handler = (...args) => {
    const context = keyed.get(currentRequest() ?? controller);
    if (!context) return handler.apply(controller, args);
    const handle = () => defer(() => Promise.resolve(handler.apply(controller, args)));
    return lastValueFrom(from(Promise.resolve(interceptor.intercept(context, { handle }))).pipe(mergeAll()));
  };
  Object.defineProperty(own, 'name', { value: handler.name });
  for (const key of Reflect.getMetadataKeys(handler) as string[])
    Reflect.defineMetadata(key, Reflect.getMetadata(key, handler), own);
  const guards = (Reflect.getMetadata(GUARDS_METADATA, handler) ?? []) as unknown[];
  Reflect.defineMetadata(GUARDS_METADATA, [...guards, NOTES_KEYED], own);
  return own;
}

/** The last guard: a handler knows its arguments only, and not whose request it serves. */
const NOTES_KEYED: CanActivate = {
  canActivate(context) {
    const { headers } = context.switchToHttp().getRequest<{ headers: IncomingHttpHeaders }>();
    const request = currentRequest();
    if (request && headers['idempotency-key'] !== undefined) keyed.set(request, context);
    return true;
  },
};
