import type { KnownRoute } from '../common/route-table';

const SPECIAL = /[\\^$.*+?()[\]{}|/]/g;

/**
 * A route as the table knows it. It matches what Express would match: in any case, with or without a slash at the end,
 * and with escapes in parameters only.
 * @param url as Fastify has it: `/v1/users/:id`
 */
export function fastifyRoute(url: string, methods: readonly string[]): KnownRoute {
  const segments = url.split('/').map((segment) => {
    if (segment.startsWith(':')) return '[^/]+';
    return segment === '*' ? '.*' : segment.replace(SPECIAL, '\\$&');
  });
  const pattern = new RegExp(`^${segments.join('/').replace(/\/$/, '')}/?$`, 'i');
  return { path: url, methods, matches: (path) => pattern.test(path) };
}

/** A route for everything below a path, or for every method, is not one that a method could be wrong for. */
export function isFallback(url: string, methods: readonly string[]): boolean {
  return url.includes('*') || methods.includes('TRACE');
}
