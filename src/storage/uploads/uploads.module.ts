import { ConfigurableModuleBuilder, Module, type ModuleMetadata } from '@nestjs/common';
import { EventsModule } from '../../common/events.module';
import { ImageVariants } from '../images/image-variants';
import { MultipartBodies } from '../multipart/multipart-bodies';
import { DeletionWatch } from './deletion-watch';
import { FormUploads } from './form-uploads';
import { ObjectDeletions } from './object-deletions';
import { StorageHooksController } from './storage-hooks.controller';
import { UploadCompletion } from './upload-completion';
import { UploadIntents } from './upload-intents';
import { UploadSweeper } from './upload-sweeper';
import { UploadWork } from './upload-work';
import { UploadsController } from './uploads.controller';
import {
  settingsOf,
  UPLOAD_SETTINGS,
  type UploadSettings,
  UPLOADS_OPTIONS,
  type UploadsModuleOptions,
} from './uploads.options';
import { UploadsService } from './uploads.service';

/** What stands outside the options, because the shape of the module depends on it. */
interface UploadsModuleExtras {
  isGlobal: boolean;
  /** The StorageModule whose stores are used, as it was configured; not needed where that is global. */
  storage?: NonNullable<ModuleMetadata['imports']>[number];
  /** Mount `uploads` and `hooks/storage/{provider}`. Their guards need an AUTHENTICATOR and RateLimitModule. Default true. */
  controllers: boolean;
}

const { ConfigurableModuleClass } = new ConfigurableModuleBuilder<UploadsModuleOptions>({
  optionsInjectionToken: UPLOADS_OPTIONS,
})
  .setClassMethodName('forRoot')
  .setExtras<UploadsModuleExtras>(
    { isGlobal: false, controllers: true },
    (definition, { isGlobal, storage, controllers }) => ({
      ...definition,
      global: isGlobal,
      imports: [...(definition.imports ?? []), ...(storage ? [storage] : [])],
      controllers: controllers ? [UploadsController, StorageHooksController] : [],
      providers: [...(definition.providers ?? []), ...(controllers ? [FormUploads, MultipartBodies] : [])],
    }),
  )
  .build();

/**
 * Uploads of users: straight to a store or through this service, judged before they can be used. Needs StorageModule, a
 * database with the tables of UPLOADS_MIGRATIONS, and for its routes what says who a caller is.
 */
@Module({
  imports: [EventsModule],
  providers: [
    { provide: UPLOAD_SETTINGS, useFactory: settingsOf, inject: [UPLOADS_OPTIONS] },
    {
      provide: ImageVariants,
      useFactory: ({ maxPixels, imageTimeLimit, imagesWaiting, setsUpSharp }: UploadSettings) =>
        new ImageVariants({ maxPixels, timeLimit: imageTimeLimit, mostWaiting: imagesWaiting, setsUpSharp }),
      inject: [UPLOAD_SETTINGS],
    },
    ObjectDeletions,
    DeletionWatch,
    UploadWork,
    UploadCompletion,
    UploadIntents,
    UploadsService,
    UploadSweeper,
  ],
  exports: [UploadsService, UploadIntents, UploadSweeper, UPLOAD_SETTINGS],
})
export class UploadsModule extends ConfigurableModuleClass {}
