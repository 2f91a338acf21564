import { applyDecorators, UseGuards } from '@nestjs/common';
import { ApiBearerAuth, ApiTags } from '@nestjs/swagger';
import { HttpContract } from '../common/http-contract.decorator';
import { JwtAuthGuard } from '../common/jwt-auth.guard';
import { Roles } from '../common/roles.decorator';
import { RolesGuard } from '../common/roles.guard';
import { RateLimit } from '../rate-limit/rate-limit.decorator';

/**
 * Makes a controller one of the operators' API: limited, for bearers of the role `admin`, and under its tag. What a
 * route reads of people or changes is written to the audit log by who does it.
 */
export function AdminApi(): ClassDecorator {
  return applyDecorators(
    HttpContract(),
    ApiTags('admin'),
    ApiBearerAuth(),
    Roles('admin'),
    // In this order: requests are counted before anybody looks at their tokens.
    RateLimit('admin'),
    UseGuards(JwtAuthGuard, RolesGuard),
  );
}
