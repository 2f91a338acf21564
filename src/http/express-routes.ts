import type { INestApplication } from '@nestjs/common';
import type { KnownRoute } from '../common/route-table';

interface Layer {
  readonly route?: { readonly path: string; readonly methods: Readonly<Record<string, boolean>> };
  match(path: string): boolean;
}

/** The routes that Express has registered; they are there once the application is initialised. */
export function expressRoutes(app: INestApplication): KnownRoute[] {
  const { router } = app.getHttpAdapter().getInstance() as { router: { stack: Layer[] } };
  return router.stack.flatMap((layer) => {
    if (!layer.route) return [];
    const methods = Object.keys(layer.route.methods).map((method) => method.toUpperCase());
    if (isFallback(methods)) return [];
    return [{ path: layer.route.path, methods, matches: (path) => matches(layer, path) }];
  });
}

/** A route for all methods (`app.all()` names each that Node knows) is not one that a method could be wrong for. */
function isFallback(methods: readonly string[]): boolean {
  return methods.includes('_ALL') || methods.includes('TRACE');
}

function matches(layer: Layer, path: string): boolean {
  try {
    return layer.match(path);
  } catch {
    return false; // a bad percent-escape
  }
}
