import { Body, Controller, Header, Post } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { RateLimit } from '../rate-limit/rate-limit.decorator';
import { CaptchaService } from './captcha.service';
import { CaptchaDto, CreateCaptchaDto } from './dto/captcha.dto';

@ApiTags('captchas')
@Controller('captchas')
export class CaptchasController {
  constructor(private readonly captchas: CaptchaService) {}

  @Post()
  @RateLimit('captchas')
  @Header('Cache-Control', 'no-store')
  @ApiOperation({ operationId: 'createCaptcha', summary: 'Get a captcha' })
  create(@Body() { kind = 'image' }: CreateCaptchaDto): Promise<CaptchaDto> {
    return this.captchas.create(kind);
  }
}
