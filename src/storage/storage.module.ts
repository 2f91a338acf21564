import { ConfigurableModuleBuilder, Module } from '@nestjs/common';
import { LocalStorageController } from './drivers/local/local.controller';
import { MultipartBodies } from './multipart/multipart-bodies';
import { OBJECT_STORAGE } from './object-storage.interface';
import { openStores, STORES } from './open-stores';
import { STORAGE_OPTIONS, type StorageModuleOptions } from './storage.options';
import { StorageService } from './storage.service';

export type { StorageModuleOptions, StoreSource } from './storage.options';

/** What stands outside the options, because the shape of the module depends on it. */
interface StorageModuleExtras {
  isGlobal: boolean;
  /**
   * Mount `storage/<name>`, where stores on the local disk take uploads and serve objects; the base URL of such a store
   * ends in its name. Default false.
   */
  localRoutes: boolean;
}

const { ConfigurableModuleClass } = new ConfigurableModuleBuilder<StorageModuleOptions>({
  optionsInjectionToken: STORAGE_OPTIONS,
})
  .setClassMethodName('forRoot')
  .setExtras<StorageModuleExtras>(
    { isGlobal: false, localRoutes: false },
    (definition, { isGlobal, localRoutes }) => ({
      ...definition,
      global: isGlobal,
      controllers: localRoutes ? [LocalStorageController] : [],
      providers: [...(definition.providers ?? []), ...(localRoutes ? [MultipartBodies] : [])],
    }),
  )
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
