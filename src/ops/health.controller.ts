import { Controller, Get, Header, Res } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { ApiExcludeController } from '@nestjs/swagger';
import { type HealthReport, HealthService } from './health.service';

/** Seconds after which a probe may ask again; the results are kept that long. */
const RETRY_AFTER = '1';

/** For orchestrators and load balancers. Names only: no hosts, no versions, no error texts. */
@ApiExcludeController()
@Controller()
export class HealthController {
  constructor(
    private readonly health: HealthService,
    private readonly adapters: HttpAdapterHost,
  ) {}

  /** Restart me if this fails: it says that the event loop turns, and nothing else. */
  @Get('livez')
  @Header('Cache-Control', 'no-store')
  live(): HealthReport {
    return { status: 'ok', checks: [] };
  }

  /** Send me traffic. */
  @Get('readyz')
  @Header('Cache-Control', 'no-store')
  async ready(@Res({ passthrough: true }) response: object): Promise<HealthReport> {
    const report = await this.health.readiness();
    if (report.status !== 'ok') {
      this.adapters.httpAdapter.status(response, 503);
      this.adapters.httpAdapter.setHeader(response, 'Retry-After', RETRY_AFTER);
    }
    return report;
  }
}
