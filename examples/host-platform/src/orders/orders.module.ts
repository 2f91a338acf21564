import { type DynamicModule, Module } from '@nestjs/common';
import { CustomersModule } from '../customers/customers.module.js';
import { OrdersController } from './orders.controller.js';
import { OrdersService } from './orders.service.js';

@Module({ controllers: [OrdersController], providers: [OrdersService] })
export class OrdersModule {
  /** @param auth the AuthModule of the platform: made once, imported wherever it is needed */
  static with(auth: DynamicModule): DynamicModule {
    return { module: OrdersModule, imports: [CustomersModule, auth] };
  }
}
