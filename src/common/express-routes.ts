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
    // A route for all methods is a fallback, not something that a method could be wrong for.
    if (!layer.route || layer.route.methods._all) return [];
    const methods = Object.keys(layer.route.methods).map((method) => method.toUpperCase());
    return [{ methods, matches: (path) => matches(layer, path) }];
  });
}

function matches(layer: Layer, path: string): boolean {
  try {
    return layer.match(path);
  } catch {
    return false; // a bad percent-escape
  }
}
