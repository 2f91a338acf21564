import { ConfigurableModuleBuilder, Module } from '@nestjs/common';
import { OBJECT_STORAGE } from './object-storage.interface';
import { openStores, STORES } from './open-stores';
import { STORAGE_OPTIONS, type StorageModuleOptions } from './storage.options';
import { StorageService } from './storage.service';

export type { StorageModuleOptions, StoreSource } from './storage.options';

const { ConfigurableModuleClass } = new ConfigurableModuleBuilder<StorageModuleOptions>({
  optionsInjectionToken: STORAGE_OPTIONS,
})
  .setClassMethodName('forRoot')
  .setExtras({ isGlobal: false }, (definition, { isGlobal }) => ({ ...definition, global: isGlobal }))
  .build();

/** Stores of objects, by name. Opens them at start and lets go of them at the end; needs no other module. */
@Module({
  providers: [
    { provide: STORES, useFactory: openStores, inject: [STORAGE_OPTIONS] },
    StorageService,
    {
      provide: OBJECT_STORAGE,
      useFactory: (storage: StorageService) => storage.store(),
      inject: [StorageService],
    },
  ],
  exports: [StorageService, OBJECT_STORAGE],
})
export class StorageModule extends ConfigurableModuleClass {}
