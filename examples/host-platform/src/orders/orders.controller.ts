import { Body, Controller, Get, Post, UseGuards } from '@nestjs/common';
import { type AuthenticatedUser, CurrentUser, JwtAuthGuard, Roles, RolesGuard } from 'gatecode';
import { Customers } from '../customers/customers.js';
import { OrdersService } from './orders.service.js';

/** Routes of the shop behind Gatecode's guards. */
@Controller()
export class OrdersController {
  constructor(
    private readonly orders: OrdersService,
    private readonly customers: Customers,
  ) {}

  @Get('me')
  @UseGuards(JwtAuthGuard)
  me(@CurrentUser() { userId }: AuthenticatedUser) {
    return this.customers.find(userId);
  }

  @Get('orders')
  @UseGuards(JwtAuthGuard)
  mine(@CurrentUser() { userId }: AuthenticatedUser) {
    return this.orders.of(userId);
  }

  @Post('orders')
  @UseGuards(JwtAuthGuard)
  order(@CurrentUser() { userId }: AuthenticatedUser, @Body() { item }: { item: string }) {
    return this.orders.order(userId, item);
  }

  @Post('checkout')
  checkOut(@Body() { ticket, name, item }: { ticket: string; name: string; item: string }) {
    return this.orders.orderAsNewCustomer(ticket, name, item);
  }

  @Get('books')
  @UseGuards(JwtAuthGuard, RolesGuard)
  @Roles('bookkeeper')
  books() {
    return this.orders.all();
  }
}
