import { Controller, Get, Header, Inject } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { Problem } from '../common/problem';
import { Problems } from '../common/problems.decorator';
import { PoliciesDto } from './dto/policies.dto';
import { OPS_OPTIONS, type OpsModuleOptions } from './ops.options';

@ApiTags('policies')
@Controller('policies')
export class PoliciesController {
  constructor(@Inject(OPS_OPTIONS) private readonly options: OpsModuleOptions) {}

  /** What this installation is set to: counts, and seconds. A limit of 0 means none. */
  @Get()
  @Header('Cache-Control', 'no-store')
  @Problems('NOT_FOUND')
  @ApiOperation({ operationId: 'getPolicies', summary: 'Read every limit and lifetime in force' })
  policies(): PoliciesDto {
    if (!this.options.policies) throw new Problem('NOT_FOUND');
    return this.options.policies;
  }
}
