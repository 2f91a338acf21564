import { type INestApplication, Injectable, Logger } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';

/** Takes this instance out of the traffic before it stops, so that a rolling restart loses no request. */
@Injectable()
export class DrainService {
  private begun = false;

  constructor(private readonly adapters: HttpAdapterHost) {}

  /** Whether /readyz asks for no more traffic. */
  get isDraining(): boolean {
    return this.begun;
  }

  /** From now on /readyz says no, and clients are asked to come back over another connection. */
  begin(): void {
    if (this.begun) return;
    this.begun = true;
    const server = this.adapters.httpAdapter.getHttpServer() as Server;
    server.prependListener('request', (_: IncomingMessage, response: ServerResponse) => {
      response.setHeader('Connection', 'close');
    });
  }
}

/** How a process ends. */
export interface ShutdownOptions {
  /** How long to go on serving after the signal, milliseconds: probe period × failure threshold. */
  readonly drainMs: number;
  /** When requests that are still running are cut off, milliseconds after the signal. Below the orchestrator's grace. */
  readonly hardLimitMs: number;
  /** What ends after the application, e.g. embedded stores. */
  readonly after?: () => Promise<void>;
}

const SWEEP_MS = 100;
/** What is left of the hard limit for hooks once the last connections were cut. */
const CUT_OFF_BEFORE_LIMIT_MS = 1_000;

/**
 * Ends the process on SIGTERM and SIGINT: drain, finish requests, close, exit 0. Nest's own shutdown hooks re-raise
 * the signal, which would leave embedded stores behind. A second signal ends at once.
 */
export function installShutdown(app: INestApplication, options: ShutdownOptions): void {
  const logger = new Logger('Shutdown');
  let isEnding = false;
  const end = (signal: NodeJS.Signals) => {
    if (isEnding) process.exit(1);
    isEnding = true;
    logger.log(`${signal}: draining`);
    setTimeout(() => process.exit(1), options.hardLimitMs).unref();
    shutDown(app, options).then(
      () => process.exit(0),
      (error: unknown) => {
        logger.error('The shutdown failed', error);
        process.exit(1);
      },
    );
  };
  process.on('SIGTERM', end);
  process.on('SIGINT', end);
}

async function shutDown(
  app: INestApplication,
  { drainMs, hardLimitMs, after }: ShutdownOptions,
): Promise<void> {
  const server = app.getHttpServer() as Server;
  const cutOff = setTimeout(
    () => server.closeAllConnections(),
    Math.max(0, hardLimitMs - CUT_OFF_BEFORE_LIMIT_MS),
  );
  app.get(DrainService, { strict: false }).begin();
  await sleep(drainMs);
  // Now, and not when Nest comes to it: before that it waits for gateway calls under way.
  server.close();
  // A connection that was busy when the server stopped listening becomes idle later, and would keep it open.
  const sweep = setInterval(() => server.closeIdleConnections(), SWEEP_MS);
  try {
    await app.close();
  } finally {
    clearInterval(sweep);
    clearTimeout(cutOff);
    await after?.();
  }
}
