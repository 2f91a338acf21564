import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import type { MadeAccount, UserStore } from 'gatecode';
import type { EntityManager, Repository } from 'typeorm';
import { Customer } from './customer.entity.js';

/** Keeps customers and accounts together: one id, made and deleted in one transaction. */
@Injectable()
export class Customers implements UserStore {
  constructor(@InjectRepository(Customer) private readonly customers: Repository<Customer>) {}

  find(id: string): Promise<Customer> {
    return this.customers.findOneByOrFail({ id });
  }

  /** Somebody who bought by telephone before there were accounts keeps their points. */
  async idOf(phone: string): Promise<string | undefined> {
    return (await this.customers.findOneBy({ phone }))?.id;
  }

  async created({ id, phone, nickname }: MadeAccount, manager: EntityManager): Promise<void> {
    await manager
      .createQueryBuilder()
      .insert()
      .into(Customer)
      .values({ id, phone, name: nickname ?? 'New customer' })
      .orIgnore()
      .execute();
  }

  async deleted(userId: string, manager: EntityManager): Promise<void> {
    await manager.delete(Customer, { id: userId });
  }
}
