import { ConfigurableModuleBuilder, Module, type ModuleMetadata } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { PhoneVault } from '../common/phone-vault';
import { AvatarController } from './avatar.controller';
import { Avatars } from './avatars';
import { User } from './user.entity';
import { UsersController } from './users.controller';
import { USERS_OPTIONS, type UsersModuleOptions } from './users.options';
import { UsersService } from './users.service';

/** What stands outside the options, because the shape of the module depends on it. */
interface UsersModuleExtras {
  isGlobal: boolean;
  /** Mount the routes. Default true; without them a host calls the services from routes of its own. */
  controllers: boolean;
  /** The UploadsModule, as it was configured: people can have avatars then. Its purpose `avatar` is used. */
  uploads?: NonNullable<ModuleMetadata['imports']>[number];
}

const { ConfigurableModuleClass } = new ConfigurableModuleBuilder<UsersModuleOptions>({
  optionsInjectionToken: USERS_OPTIONS,
})
  .setClassMethodName('forRoot')
  .setExtras<UsersModuleExtras>({ isGlobal: false, controllers: true }, (definition, extras) => ({
    ...definition,
    global: extras.isGlobal,
    imports: [...(definition.imports ?? []), ...(extras.uploads ? [extras.uploads] : [])],
    controllers: extras.controllers ? [UsersController, ...(extras.uploads ? [AvatarController] : [])] : [],
  }))
  .build();

/** Entities of this module, for a host that lists its entities by name. */
export const USERS_ENTITIES = [User];

@Module({
  imports: [TypeOrmModule.forFeature(USERS_ENTITIES)],
  providers: [
    {
      provide: PhoneVault,
      useFactory: ({ secrets }: UsersModuleOptions) => new PhoneVault(secrets),
      inject: [USERS_OPTIONS],
    },
    Avatars,
    UsersService,
  ],
  exports: [UsersService, Avatars],
})
export class UsersModule extends ConfigurableModuleClass {}
