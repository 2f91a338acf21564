import { type DynamicModule, Module } from '@nestjs/common';
import { RouterModule } from '@nestjs/core';
import { TypeOrmModule } from '@nestjs/typeorm';
import {
  AUDIT_ENTITIES,
  AUTH_ENTITIES,
  AuthModule,
  IdempotencyModule,
  RateLimitModule,
  RedisModule,
  SMS_ENTITIES,
  USERS_ENTITIES,
  UsersModule,
  VERIFICATION_ENTITIES,
  VerificationModule,
} from 'gatecode';
import { MIGRATIONS } from 'gatecode/migrations';
import { accountModules } from './accounts.js';
import { CreateShop1795400000000 } from './create-shop.migration.js';
import { Customer } from './customers/customer.entity.js';
import { Order } from './orders/order.entity.js';
import { OrdersModule } from './orders/orders.module.js';
import type { Settings } from './settings.js';

const ACCOUNT_ENTITIES = [
  ...SMS_ENTITIES,
  ...USERS_ENTITIES,
  ...VERIFICATION_ENTITIES,
  ...AUTH_ENTITIES,
  ...AUDIT_ENTITIES,
];

/** The shop: one DataSource, one prefix, its own routes and Gatecode's below `/api/accounts`. */
@Module({})
export class PlatformModule {
  static with(settings: Settings): DynamicModule {
    const { secrets, sms, users, verification, auth } = accountModules(settings);
    return {
      module: PlatformModule,
      imports: [
        TypeOrmModule.forRoot({
          type: 'postgres',
          url: settings.databaseUrl,
          entities: [Customer, Order, ...ACCOUNT_ENTITIES],
          migrations: [...MIGRATIONS, CreateShop1795400000000],
          migrationsRun: true,
        }),
        RedisModule.forRoot({ url: settings.redisUrl, prefix: 'shop:' }),
        RateLimitModule.forRoot({ perMinute: 300, sendsPerHour: 20 }),
        IdempotencyModule.forRoot({ secrets }),
        sms,
        users,
        verification,
        auth,
        RouterModule.register([
          { path: 'accounts', module: UsersModule },
          { path: 'accounts', module: VerificationModule },
          { path: 'accounts', module: AuthModule },
        ]),
        OrdersModule.with(auth),
      ],
    };
  }
}
