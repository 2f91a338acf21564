import { Controller, Get, Header } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { JwksDto } from './dto/jwks.dto';
import { KeysService } from './keys.service';

@ApiTags('keys')
@Controller('.well-known')
export class JwksController {
  constructor(private readonly keys: KeysService) {}

  /** RFC 7517 5. */
  @Get('jwks.json')
  @Header('Content-Type', 'application/jwk-set+json')
  @Header('Cache-Control', 'public, max-age=300')
  @ApiOperation({ operationId: 'getJwks', summary: 'Read the keys that access tokens are verified with' })
  jwks(): Promise<JwksDto> {
    return this.keys.jwks();
  }
}
