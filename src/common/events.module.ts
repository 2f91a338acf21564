import { Module } from '@nestjs/common';
import { Events } from './events';

/** One {@link Events} for the whole application: a static module is made once, however often it is imported. */
@Module({ providers: [Events], exports: [Events] })
export class EventsModule {}
