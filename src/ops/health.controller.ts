import { Controller, Get, Header, Res } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { ApiOkResponse, ApiOperation, ApiServiceUnavailableResponse, ApiTags } from '@nestjs/swagger';
import { HealthReportDto } from './dto/health.dto';
import { type HealthReport, HealthService } from './health.service';

/** Seconds after which a probe may ask again; the results are kept that long. */
const RETRY_AFTER = '1';

/** For orchestrators and load balancers. Names only: no hosts, no versions, no error texts. */
@ApiTags('operations')
@Controller()
export class HealthController {
  constructor(
    private readonly health: HealthService,
    private readonly adapters: HttpAdapterHost,
  ) {}

  /** Restart the instance if this fails: it says that the event loop turns, and nothing else. */
  @Get('livez')
  @Header('Cache-Control', 'no-store')
  @ApiOkResponse({ description: 'It is alive.', type: HealthReportDto })
  @ApiOperation({ operationId: 'getLiveness', summary: 'See whether the process is alive' })
  live(): HealthReport {
    return { status: 'ok', checks: [] };
  }

  /** Send the instance no traffic while this fails: a store is not there, or it is about to stop. */
  @Get('readyz')
  @Header('Cache-Control', 'no-store')
  @ApiOkResponse({ description: 'It can serve.', type: HealthReportDto })
  @ApiServiceUnavailableResponse({ description: 'It can not serve now.', type: HealthReportDto })
  @ApiOperation({ operationId: 'getReadiness', summary: 'See whether the instance can serve' })
  async ready(@Res({ passthrough: true }) response: object): Promise<HealthReport> {
    const report = await this.health.readiness();
    if (report.status !== 'ok') {
      this.adapters.httpAdapter.status(response, 503);
      this.adapters.httpAdapter.setHeader(response, 'Retry-After', RETRY_AFTER);
    }
    return report;
  }
}
