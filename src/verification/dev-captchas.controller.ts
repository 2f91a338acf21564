import { Controller, Get, Header, Param } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { CaptchaService } from './captcha.service';
import { RevealedCaptchaDto } from './dto/captcha.dto';

/** Solves captchas for people and scripts that try things out. Never mounted in production. */
@ApiTags('development')
@Controller('dev/captchas')
export class DevCaptchasController {
  constructor(private readonly captchas: CaptchaService) {}

  @Get(':captchaId')
  @Header('Cache-Control', 'no-store')
  @ApiOperation({ operationId: 'revealCaptcha', summary: 'Get the answer of a captcha without spending it' })
  async reveal(@Param('captchaId') captchaId: string): Promise<RevealedCaptchaDto> {
    return { answer: await this.captchas.reveal(captchaId) };
  }
}
