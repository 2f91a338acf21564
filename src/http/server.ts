import type { Server } from 'node:http';
import { answerSocketErrors } from './socket-problems';

/** Time-outs and socket errors of the server itself; nothing may hold a connection for ever. */
export function configureServer(server: Server): void {
  server.headersTimeout = 15_000;
  // An upload of a few megabytes over a phone's connection takes a while.
  server.requestTimeout = 60_000;
  // Longer than load balancers keep idle connections, so that they never write to one that we are closing.
  server.keepAliveTimeout = 65_000;
  // Read when the server begins to listen; by default the time-outs are looked at every 30 s only.
  Object.assign(server, { connectionsCheckingInterval: 1_000, requireHostHeader: false });
  answerSocketErrors(server);
}
