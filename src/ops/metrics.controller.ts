import { Controller, Get, Header, Inject, Req, StreamableFile } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { IncomingMessage } from 'node:http';
import { Problem } from '../common/problem';
import { Problems } from '../common/problems.decorator';
import { judgeScrape } from './metrics-access';
import { METRICS_OPTIONS, type MetricsModuleOptions } from './metrics.options';
import { METRICS_TYPE, MetricsService } from './metrics.service';

const LOOPBACK = /^(::ffff:)?127\.|^::1$/;

/** The metrics beside the API, for installations that scrape the port they serve. */
@ApiTags('operations')
@Controller()
export class MetricsController {
  constructor(
    private readonly service: MetricsService,
    @Inject(METRICS_OPTIONS) private readonly options: MetricsModuleOptions,
  ) {}

  /** Counters, gauges and histograms in the text format of Prometheus. For the bearer of `METRICS_TOKEN` only. */
  @Get('metrics')
  @Header('Cache-Control', 'no-store')
  @Problems('UNAUTHENTICATED', 'TOKEN_INVALID', 'NOT_FOUND')
  @ApiOkResponse({
    description: 'The metrics.',
    content: { 'text/plain': { schema: { type: 'string', maxLength: 10_000_000 } } },
  })
  @ApiOperation({ operationId: 'getMetrics', summary: 'Read the metrics' })
  async metrics(@Req() request: IncomingMessage): Promise<StreamableFile> {
    switch (judgeScrape(this.options, scraperOf(request))) {
      case 'hidden':
        throw new Problem('NOT_FOUND');
      case 'anonymous':
        throw new Problem('UNAUTHENTICATED');
      case 'refused':
        throw new Problem('TOKEN_INVALID');
      case 'granted': {
        const text = Buffer.from(await this.service.scrape());
        // Express would put the parameters of the type into an order of its own.
        return new StreamableFile(text, { type: METRICS_TYPE, length: text.length });
      }
    }
  }
}

/** A proxy on this machine forwards for others. */
function scraperOf({ headers, socket }: IncomingMessage) {
  const isForwarded = 'x-forwarded-for' in headers || 'forwarded' in headers;
  const isLoopback = !isForwarded && LOOPBACK.test(socket.remoteAddress ?? '');
  return { authorization: headers.authorization, isLoopback };
}
