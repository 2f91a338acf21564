import { Controller, Get, Header } from '@nestjs/common';
import { ApiOperation, ApiProduces, ApiTags } from '@nestjs/swagger';
import { HttpContract } from '../../common/http-contract.decorator';
import { Problems } from '../../common/problems.decorator';
import { JwksDto } from '../dto/jwks.dto';
import { JWKS_MAX_AGE } from './key-plan';
import { KeysService } from './keys.service';

@ApiTags('keys')
@HttpContract()
@Controller('.well-known')
export class JwksController {
  constructor(private readonly keys: KeysService) {}

  /** A key set as RFC 7517 has it. Keys come before they sign and stay until their last token has expired. */
  @Get('jwks.json')
  @Header('Content-Type', 'application/jwk-set+json')
  @Header('Cache-Control', `public, max-age=${JWKS_MAX_AGE}`)
  @ApiProduces('application/jwk-set+json')
  @Problems('STORE_UNAVAILABLE')
  @ApiOperation({ operationId: 'getJwks', summary: 'Read the keys that access tokens are verified with' })
  jwks(): Promise<JwksDto> {
    return this.keys.jwks();
  }
}
