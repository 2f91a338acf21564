import { type DynamicModule, Module } from '@nestjs/common';
import { DemoController } from './demo.controller';

/** A page to try accounts and avatars with. Never in production. */
@Module({})
export class DemoModule {
  /** @param storage the StorageModule that avatars go to, as it was configured */
  static with(storage: DynamicModule): DynamicModule {
    return { module: DemoModule, imports: [storage], controllers: [DemoController] };
  }
}
