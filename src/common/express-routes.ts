import type { NestExpressApplication } from '@nestjs/platform-express';
import type { KnownRoute } from './route-table';

interface Layer {
  readonly route?: { readonly methods: Readonly<Record<string, boolean>> };
  match(path: string): boolean;
}

/** The routes that Express has registered; they are there once the application is initialised. */
export function expressRoutes(app: NestExpressApplication): KnownRoute[] {
  const { router } = app.getHttpAdapter().getInstance() as unknown as { router: { stack: Layer[] } };
  return router.stack.flatMap((layer) => {
    const methods = Object.keys(layer.route?.methods ?? {}).map((method) => method.toUpperCase());
    if (methods.length === 0 || isFallback(methods)) return [];
    return [{ methods, matches: (path) => matches(layer, path) }];
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
