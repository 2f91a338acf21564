import { Controller, Delete, Get, Header, HttpCode, Param, Post } from '@nestjs/common';
import { ApiOperation, ApiParam } from '@nestjs/swagger';
import { AdminApi } from '../../audit/admin-api.decorator';
import { AuditService } from '../../audit/audit.service';
import type { AuthenticatedUser } from '../../common/authenticated-user';
import { CurrentUser } from '../../common/current-user.decorator';
import { Problem } from '../../common/problem';
import { Problems } from '../../common/problems.decorator';
import { SigningKeyDto, SigningKeyListDto } from '../dto/admin-key.dto';
import { KeysService, type KeyView } from './keys.service';

@AdminApi()
@Controller('admin/keys')
export class AdminKeysController {
  constructor(
    private readonly keys: KeysService,
    private readonly audit: AuditService,
  ) {}

  /** Those that sign or verify, and those that did. */
  @Get()
  @Header('Cache-Control', 'no-store')
  @Problems('FORBIDDEN', 'RATE_LIMITED')
  @ApiOperation({ operationId: 'listKeys', summary: 'List the signing keys, newest first' })
  async list(): Promise<SigningKeyListDto> {
    return { items: (await this.keys.list()).map(viewOf), nextCursor: null };
  }

  /**
   * Makes a new signing key ahead of its time. It is published at once and signs from `signsFrom` on, when everybody
   * who verifies tokens can know it; a key that still waits gives way to it. The key of before goes on verifying until
   * its last token has expired.
   */
  @Post('rotate')
  @Header('Cache-Control', 'no-store')
  @Problems('FORBIDDEN', 'RATE_LIMITED')
  @ApiOperation({ operationId: 'rotateKey', summary: 'Make a new signing key' })
  async rotate(@CurrentUser() { userId }: AuthenticatedUser): Promise<SigningKeyDto> {
    const made = await this.keys.rotate((kid, manager) =>
      this.audit.record({ actor: userId, action: 'key.rotated', subject: kid }, manager),
    );
    return viewOf(made);
  }

  /**
   * For a key that is compromised: it is no longer published, and every token signed with it is refused on all
   * instances within two seconds, yours too if it is one of them. Where it was the key that signs, another one signs at
   * once. Sessions stay: a refresh gives a token of the new key.
   */
  @Delete(':kid')
  @HttpCode(204)
  @ApiParam({
    name: 'kid',
    description: 'As listKeys answered it.',
    schema: { type: 'string', maxLength: 64, example: 'JG7oBP3lysHr7RWzLIMf7_AaVJ0ImQv7H3KnrarGrE0' },
  })
  @Problems('FORBIDDEN', 'NOT_FOUND', 'RATE_LIMITED')
  @ApiOperation({ operationId: 'revokeKey', summary: 'Take a compromised key out of use' })
  async revoke(@Param('kid') kid: string, @CurrentUser() { userId }: AuthenticatedUser): Promise<void> {
    const isKnown = await this.keys.revoke(kid, (_, manager) =>
      this.audit.record({ actor: userId, action: 'key.revoked', subject: kid }, manager),
    );
    if (!isKnown) throw new Problem('NOT_FOUND');
  }
}

function viewOf({ kid, alg, state, createdAt, signsFrom, retiredAt }: KeyView): SigningKeyDto {
  return {
    kid,
    alg,
    state,
    createdAt: new Date(createdAt).toISOString(),
    signsFrom: new Date(signsFrom).toISOString(),
    retiredAt: retiredAt === null ? null : new Date(retiredAt).toISOString(),
  };
}
