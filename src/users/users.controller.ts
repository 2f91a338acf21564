import { Body, Controller, Get, Header, Patch, UseGuards } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { AuthenticatedUser } from '../common/authenticated-user';
import { CurrentUser } from '../common/current-user.decorator';
import { HttpContract } from '../common/http-contract.decorator';
import { JwtAuthGuard } from '../common/jwt-auth.guard';
import { UpdateProfileDto, UserDto } from './dto/user.dto';
import { UsersService } from './users.service';

@ApiTags('users')
@ApiBearerAuth()
@UseGuards(JwtAuthGuard)
@HttpContract()
@Controller('users/me')
export class UsersController {
  constructor(private readonly users: UsersService) {}

  /** The only answer that holds your whole phone number. */
  @Get()
  @Header('Cache-Control', 'no-store')
  @ApiOperation({ operationId: 'getProfile', summary: 'Read your own profile' })
  profile(@CurrentUser() { userId }: AuthenticatedUser): Promise<UserDto> {
    return this.users.profile(userId);
  }

  /** Changes what is given and leaves the rest. */
  @Patch()
  @Header('Cache-Control', 'no-store')
  @ApiOperation({ operationId: 'updateProfile', summary: 'Change your own profile' })
  update(@CurrentUser() { userId }: AuthenticatedUser, @Body() changes: UpdateProfileDto): Promise<UserDto> {
    return this.users.updateProfile(userId, changes);
  }
}
