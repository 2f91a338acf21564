import { Controller, Get, Header, Query } from '@nestjs/common';
import { ApiOperation } from '@nestjs/swagger';
import { AdminApi } from '../audit/admin-api.decorator';
import { invalidMember } from '../common/problem';
import { Problems } from '../common/problems.decorator';
import { StatsDto, StatsQueryDto } from './dto/admin-stats.dto';
import { MOST_GROUPS, MOST_MESSAGES, type Range, SmsStatistics } from './sms-statistics';
import type { StatsDimension } from './stats-statement';

const DAY_MS = 86_400_000;
const MOST_DAYS = 7;

@AdminApi()
@Controller('admin/stats')
export class AdminStatsController {
  constructor(private readonly statistics: SmsStatistics) {}

  /** Counted from the messages of at most seven days, told apart by gateway, purpose, segment of numbers, hour. */
  @Get()
  @Header('Cache-Control', 'no-store')
  @Problems('FORBIDDEN', 'RATE_LIMITED')
  @ApiOperation({ operationId: 'getStatistics', summary: 'Compare gateways, purposes, segments and hours' })
  async read(@Query() query: StatsQueryDto): Promise<StatsDto> {
    const range = rangeOf(query);
    const by = (query.by?.split(',') ?? []) as StatsDimension[];
    const groups = await this.statistics.read(range, by);
    if (!groups) throw invalidMember('#/from', 'TOO_MANY_MESSAGES', MOST_MESSAGES);
    return {
      from: range.from.toISOString(),
      to: range.to.toISOString(),
      items: groups.slice(0, MOST_GROUPS),
      truncated: groups.length > MOST_GROUPS,
    };
  }
}

function rangeOf(query: StatsQueryDto): Range {
  const to = query.to ? new Date(query.to) : new Date();
  const from = query.from ? new Date(query.from) : new Date(to.getTime() - DAY_MS);
  if (from >= to) throw invalidMember('#/from', 'RANGE_EMPTY');
  if (to.getTime() - from.getTime() > MOST_DAYS * DAY_MS)
    throw invalidMember('#/from', 'RANGE_TOO_LONG', MOST_DAYS);
  return { from, to };
}
