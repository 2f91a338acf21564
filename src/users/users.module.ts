import { ConfigurableModuleBuilder, Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { PhoneVault } from '../common/phone-vault';
import { User } from './user.entity';
import { UsersController } from './users.controller';
import { USERS_OPTIONS, type UsersModuleOptions } from './users.options';
import { UsersService } from './users.service';

const { ConfigurableModuleClass } = new ConfigurableModuleBuilder<UsersModuleOptions>({
  optionsInjectionToken: USERS_OPTIONS,
})
  .setClassMethodName('forRoot')
  .setExtras({ isGlobal: false }, (definition, { isGlobal }) => ({ ...definition, global: isGlobal }))
  .build();

/** Entities of this module, for a host that lists its entities by name. */
export const USERS_ENTITIES = [User];

@Module({
  imports: [TypeOrmModule.forFeature(USERS_ENTITIES)],
  controllers: [UsersController],
  providers: [
    {
      provide: PhoneVault,
      useFactory: ({ secrets }: UsersModuleOptions) => new PhoneVault(secrets),
      inject: [USERS_OPTIONS],
    },
    UsersService,
  ],
  exports: [UsersService],
})
export class UsersModule extends ConfigurableModuleClass {}
