import { Controller, type DynamicModule, Get, Module, UseGuards } from '@nestjs/common';
import { type AuthenticatedUser, CurrentUser, JwksAuthModule, JwtAuthGuard, RedisModule } from 'gatecode';

@Controller('parcels')
@UseGuards(JwtAuthGuard)
export class ParcelsController {
  @Get()
  parcels(@CurrentUser() { userId }: AuthenticatedUser) {
    return { for: userId, parcels: [] };
  }
}

/** Another process of the platform. It has no database and no secret: it only verifies the shop's tokens. */
@Module({ controllers: [ParcelsController] })
export class WarehouseModule {
  static with({ redisUrl, shopUrl }: { redisUrl: string; shopUrl: string }): DynamicModule {
    return {
      module: WarehouseModule,
      imports: [
        RedisModule.forRoot({ url: redisUrl, prefix: 'shop:' }), // tokens end here when their sessions end there
        JwksAuthModule.forRoot({
          issuer: 'https://shop.example',
          audience: 'shop',
          jwks: { url: `${shopUrl}/api/accounts/.well-known/jwks.json` },
        }),
      ],
    };
  }
}
