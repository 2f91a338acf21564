import { ConflictException, Injectable } from '@nestjs/common';
import { RegisterService } from 'gatecode';
import { DataSource, type EntityManager } from 'typeorm';
import { Order } from './order.entity.js';

const SOLD_OUT = new Set(['moon cakes']);

@Injectable()
export class OrdersService {
  constructor(
    private readonly dataSource: DataSource,
    private readonly accounts: RegisterService,
  ) {}

  of(customerId: string): Promise<Order[]> {
    return this.dataSource.manager.find(Order, { where: { customerId }, order: { id: 'DESC' } });
  }

  all(): Promise<Order[]> {
    return this.dataSource.manager.find(Order, { order: { id: 'DESC' } });
  }

  order(customerId: string, item: string, manager: EntityManager = this.dataSource.manager): Promise<Order> {
    if (SOLD_OUT.has(item)) throw new ConflictException(`No ${item} left`);
    return manager.save(manager.create(Order, { customerId, item }));
  }

  /**
   * Somebody new orders: account, customer, session and order are written together or not at all.
   * @param ticket what POST /api/accounts/verifications/{id}/check gave for the right code
   */
  orderAsNewCustomer(ticket: string, name: string, item: string) {
    return this.dataSource.transaction(async (manager) => {
      const session = await this.accounts.register({ ticket, nickname: name }, {}, manager);
      const order = await this.order(session.user.id, item, manager);
      return { order, session };
    });
  }
}
