import type { ProxyTrust } from '../common/client-address';
import type { ProblemFilter } from '../common/problem.filter';
import type { RouteTable } from '../common/route-table';
import type { Edge } from './edge';

/** What the service can run on. */
export type HttpPlatform = 'express' | 'fastify';

/** What a platform is set up with. */
export interface PlatformSetUp {
  readonly edge: Edge;
  readonly trust: ProxyTrust;
  readonly filter: ProblemFilter;
  /** To be filled with the routes that the platform knows. */
  readonly routes: RouteTable;
}
