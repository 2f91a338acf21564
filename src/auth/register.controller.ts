import { Body, Controller, Header, Post } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { RateLimit } from '../rate-limit/rate-limit.decorator';
import { AccountsService } from './accounts.service';
import { RegisterDto } from './dto/register.dto';
import { SessionAnswerDto } from './dto/session.dto';
import { RequestOrigin } from './request-origin.decorator';
import type { Origin } from './sessions.service';

@ApiTags('users')
@Controller('users')
export class RegisterController {
  constructor(private readonly accounts: AccountsService) {}

  @Post()
  @RateLimit('users')
  @Header('Cache-Control', 'no-store')
  @ApiOperation({ operationId: 'registerUser', summary: 'Register and sign in, in one call' })
  register(@Body() request: RegisterDto, @RequestOrigin() origin: Origin): Promise<SessionAnswerDto> {
    return this.accounts.register(request, origin);
  }
}
