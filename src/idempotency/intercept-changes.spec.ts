import { Controller, Delete, Get, type INestApplication, Param, Patch, Post, Put } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import request from 'supertest';
import { interceptChanges } from './intercept-changes';

@Controller('things')
class ThingsController {
  private readonly made = 'made';

  @Get()
  list() {
    return [this.made];
  }

  @Post(':id')
  make(@Param('id') id: string) {
    return { [this.made]: id };
  }

  @Put() put() {
    return {};
  }

  @Patch() patch() {
    return {};
  }

  @Delete() remove() {
    return {};
  }
}

describe('what stands before changes', () => {
  const apps: INestApplication[] = [];
  const seen: string[] = [];

  async function start(name?: string) {
    const testing = await Test.createTestingModule({ controllers: [ThingsController] }).compile();
    const app = testing.createNestApplication({ logger: false });
    if (name)
      interceptChanges(app, {
        intercept: (context, next) => {
          seen.push(`${name}: ${context.getHandler().name}`);
          return next.handle();
        },
      });
    apps.push(await app.init());
    return request(app.getHttpServer());
  }

  afterEach(() => Promise.all(apps.splice(0).map((app) => app.close())));
  beforeEach(() => void seen.splice(0));

  it('sees all of them, and leaves the routes as they are', async () => {
    const api = await start('one');
    const { body } = await api.post('/things/1').expect(201);
    expect(body).toEqual({ made: '1' });
    await api.put('/things').expect(200);
    await api.patch('/things').expect(200);
    await api.delete('/things').expect(200);
    expect(seen).toEqual(['one: make', 'one: put', 'one: patch', 'one: remove']);
  });

  it('does not see what only reads', async () => {
    const { body } = await (await start('one')).get('/things').expect(200);
    expect(body).toEqual(['made']);
    expect(seen).toEqual([]);
  });

  it('stands before its own application only', async () => {
    const [one, other, none] = [await start('one'), await start('other'), await start()];
    await Promise.all([one, other, none].map((api) => api.post('/things/1').expect(201)));
    expect(seen.sort()).toEqual(['one: make', 'other: make']);
  });
});
