import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { USER_STORE } from 'gatecode';
import { Customer } from './customer.entity.js';
import { Customers } from './customers.js';

@Module({
  imports: [TypeOrmModule.forFeature([Customer])],
  providers: [Customers, { provide: USER_STORE, useExisting: Customers }],
  exports: [Customers, USER_STORE],
})
export class CustomersModule {}
