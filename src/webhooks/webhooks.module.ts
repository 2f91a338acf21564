import { Module } from '@nestjs/common';
import { EventsModule } from '../common/events.module';
import { WebhooksModuleClass } from './webhooks.options';
import { Webhooks } from './webhooks.service';

export type { WebhooksModuleOptions } from './webhooks.options';

/** Events as signed webhooks. Needs the global RedisModule, once there is somebody to tell. */
@Module({ imports: [EventsModule], providers: [Webhooks] })
export class WebhooksModule extends WebhooksModuleClass {}
