import { Body, Controller, Delete, Header, HttpCode, Put, UseGuards } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { AuthenticatedUser } from '../common/authenticated-user';
import { CurrentUser } from '../common/current-user.decorator';
import { HttpContract } from '../common/http-contract.decorator';
import { JwtAuthGuard } from '../common/jwt-auth.guard';
import { Problems } from '../common/problems.decorator';
import { RateLimit } from '../rate-limit/rate-limit.decorator';
import { Avatars } from './avatars';
import { ShowAvatarDto, UserDto } from './dto/user.dto';

@ApiTags('users')
@ApiBearerAuth()
@UseGuards(JwtAuthGuard)
@RateLimit('avatar')
@HttpContract()
@Controller('users/me/avatar')
export class AvatarController {
  constructor(private readonly avatars: Avatars) {}

  /** Takes an upload that is `ready`. The avatar before is deleted. Repeating the call changes nothing. */
  @Put()
  @Header('Cache-Control', 'no-store')
  @Problems(
    'NOT_FOUND',
    'UPLOAD_NOT_READY',
    'UPLOAD_USED',
    'UPLOAD_EXPIRED',
    'CONTENT_REJECTED',
    'RATE_LIMITED',
    'STORAGE_UNAVAILABLE',
  )
  @ApiOperation({ operationId: 'setAvatar', summary: 'Show an uploaded picture as your avatar' })
  show(@CurrentUser() { userId }: AuthenticatedUser, @Body() { uploadId }: ShowAvatarDto): Promise<UserDto> {
    return this.avatars.show(userId, uploadId.toLowerCase());
  }

  /** Also where there is none. */
  @Delete()
  @HttpCode(204)
  @Problems('RATE_LIMITED')
  @ApiOperation({ operationId: 'removeAvatar', summary: 'Take your avatar away' })
  remove(@CurrentUser() { userId }: AuthenticatedUser): Promise<void> {
    return this.avatars.remove(userId);
  }
}
