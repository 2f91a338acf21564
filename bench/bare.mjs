// The yardstick: what NestJS on Express does before any of our work begins. Default settings, no logger.
import 'reflect-metadata';
import { randomUUID } from 'node:crypto';
import { Body, Controller, Get, Module, Post } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';

class BareController {
  answer(body) {
    return { id: randomUUID(), status: 'queued', members: Object.keys(body).length };
  }

  me() {
    return { id: '01930000-0000-7000-8000-000000000000', phone: '+8613800138000', roles: ['user'] };
  }
}

class BareModule {}

decorate(BareController, 'answer', Post('answer'));
decorate(BareController, 'me', Get('me'));
Body()(BareController.prototype, 'answer', 0);
Controller()(BareController);
Module({ controllers: [BareController] })(BareModule);

const app = await NestFactory.create(BareModule, { logger: false });
await app.listen(Number(process.env.PORT), '127.0.0.1');

function decorate(type, method, decorator) {
  decorator(type.prototype, method, Object.getOwnPropertyDescriptor(type.prototype, method));
}
