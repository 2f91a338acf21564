import { Controller, Get, Header, Param } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { ApiId } from '../common/api-fields.decorator';
import { HttpContract } from '../common/http-contract.decorator';
import { Problems } from '../common/problems.decorator';
import { CaptchaService } from './captcha.service';
import { RevealedCaptchaDto } from './dto/captcha.dto';

/** Solves captchas for people and scripts that try things out. Never mounted in production. */
@ApiTags('development')
@HttpContract()
@Controller('dev/captchas')
export class DevCaptchasController {
  constructor(private readonly captchas: CaptchaService) {}

  /** Solves an image or a proof of work; the captcha stays open. Never mounted in production. */
  @Get(':captchaId')
  @Header('Cache-Control', 'no-store')
  @ApiId('captchaId', 'As createCaptcha answered it.')
  @Problems('NOT_FOUND', 'STORE_UNAVAILABLE')
  @ApiOperation({ operationId: 'revealCaptcha', summary: 'Get the answer of a captcha without spending it' })
  async reveal(@Param('captchaId') captchaId: string): Promise<RevealedCaptchaDto> {
    return { answer: await this.captchas.reveal(captchaId) };
  }
}
