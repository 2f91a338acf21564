import {
  Inject,
  Injectable,
  Logger,
  type OnApplicationBootstrap,
  type OnApplicationShutdown,
} from '@nestjs/common';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { METRICS_OPTIONS, type MetricsModuleOptions } from './metrics.options';
import { METRICS_TYPE, MetricsService } from './metrics.service';

/** `/metrics` on a port of its own, which the world does not reach. It stays until the very end of a draining stop. */
@Injectable()
export class MetricsServer implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly logger = new Logger(MetricsServer.name);
  private server?: Server;

  constructor(
    private readonly service: MetricsService,
    @Inject(METRICS_OPTIONS) private readonly options: MetricsModuleOptions,
  ) {}

  /** Where it listens; nothing without a port. */
  get address(): AddressInfo | undefined {
    return (this.server?.address() as AddressInfo | null | undefined) ?? undefined;
  }

  /** @throws when the port is taken, which stops the start */
  async onApplicationBootstrap(): Promise<void> {
    const { port, host = '127.0.0.1' } = this.options;
    if (port === undefined) return;
    const server = createServer({ requestTimeout: 5_000 }, (request, response) => {
      void this.answer(request, response);
    });
    this.server = server;
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject).listen(port, host, resolve);
    });
  }

  async onApplicationShutdown(): Promise<void> {
    const { server } = this;
    if (!server) return;
    const closed = new Promise((resolve) => server.close(resolve));
    server.closeAllConnections();
    await closed;
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const [path] = (request.url ?? '').split('?', 1);
    if (path !== '/metrics') return void response.writeHead(404).end();
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      return void response.writeHead(405, { Allow: 'GET, HEAD' }).end();
    }
    try {
      const text = await this.service.scrape();
      const headers = { 'Content-Type': METRICS_TYPE, 'Content-Length': Buffer.byteLength(text) };
      response.writeHead(200, { ...headers, 'Cache-Control': 'no-store' }).end(text);
    } catch (error) {
      this.logger.error({ event: 'metrics.scrape.failed', message: String(error) });
      response.writeHead(500).end();
    }
  }
}
