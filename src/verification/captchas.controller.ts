import { Body, Controller, Header, Post } from '@nestjs/common';
import { ApiBody, ApiOperation, ApiTags } from '@nestjs/swagger';
import { HttpContract } from '../common/http-contract.decorator';
import { Problems } from '../common/problems.decorator';
import { RateLimit } from '../rate-limit/rate-limit.decorator';
import { CaptchaService } from './captcha.service';
import { CaptchaDto, CreateCaptchaDto } from './dto/captcha.dto';

@ApiTags('captchas')
@HttpContract()
@Controller('captchas')
export class CaptchasController {
  constructor(private readonly captchas: CaptchaService) {}

  /** A picture with letters to read, or a proof of work for the client to compute. It can be answered once. */
  @Post()
  @RateLimit('captchas')
  @Header('Cache-Control', 'no-store')
  @ApiBody({ type: CreateCaptchaDto, required: false })
  @Problems('RATE_LIMITED')
  @ApiOperation({ operationId: 'createCaptcha', summary: 'Get a captcha' })
  create(@Body() { kind }: CreateCaptchaDto): Promise<CaptchaDto> {
    return this.captchas.create(kind ?? 'image');
  }
}
