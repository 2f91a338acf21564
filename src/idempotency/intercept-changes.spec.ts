import {
  type CallHandler,
  ConflictException,
  Controller,
  Delete,
  Get,
  type INestApplication,
  Param,
  Patch,
  Post,
  Put,
  UseGuards,
} from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { catchError, type Observable, of, throwError } from 'rxjs';
import request from 'supertest';
import { runInRequest } from '../common/request-context';
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

  @Post(':id/forbidden')
  @UseGuards({ canActivate: () => false })
  forbidden() {
    return {};
  }

  @Post(':id/broken')
  break() {
    throw new ConflictException();
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

  async function start(name?: string, intercept = (next: CallHandler): Observable<unknown> => next.handle()) {
    const testing = await Test.createTestingModule({ controllers: [ThingsController] }).compile();
    const app = testing.createNestApplication({ logger: false });
    if (name)
      interceptChanges(app, {
        intercept: (context, next) => {
          seen.push(`${name}: ${context.getHandler().name}`);
          return intercept(next);
        },
      });
    app.use((_request: unknown, _response: unknown, next: () => void) =>
      runInRequest({ requestId: 'request' }, next),
    );
    apps.push(await app.init());
    const plain = request(app.getHttpServer());
    const keyed = (method: 'delete' | 'get' | 'patch' | 'post' | 'put', path: string) =>
      plain[method](path).set('Idempotency-Key', 'key');
    return { plain, keyed };
  }

  afterEach(() => Promise.all(apps.splice(0).map((app) => app.close())));
  beforeEach(() => void seen.splice(0));

  it('sees all of them that carry a key, and leaves the routes as they are', async () => {
    const { keyed } = await start('one');
    const { body } = await keyed('post', '/things/1').expect(201);
    expect(body).toEqual({ made: '1' });
    await keyed('put', '/things').expect(200);
    await keyed('patch', '/things').expect(200);
    await keyed('delete', '/things').expect(200);
    expect(seen).toEqual(['one: make', 'one: put', 'one: patch', 'one: remove']);
  });

  it('does not see what only reads, nor what carries no key', async () => {
    const { keyed, plain } = await start('one');
    const { body } = await keyed('get', '/things').expect(200);
    expect(body).toEqual(['made']);
    const { body: made } = await plain.post('/things/1').expect(201);
    expect(made).toEqual({ made: '1' });
    expect(seen).toEqual([]);
  });

  it('stands behind the guards: what they refuse, it does not see', async () => {
    const { keyed } = await start('one');
    await keyed('post', '/things/1/forbidden').expect(403);
    expect(seen).toEqual([]);
  });

  it('may answer in the place of a route', async () => {
    const { keyed } = await start('one', () => of({ kept: true }));
    const { body } = await keyed('post', '/things/1').expect(201);
    expect(body).toEqual({ kept: true });
  });

  it('hears of what a route throws', async () => {
    const heard: unknown[] = [];
    const { keyed } = await start('one', (next) =>
      next.handle().pipe(
        catchError((error: unknown) => {
          heard.push(error);
          return throwError(() => error);
        }),
      ),
    );
    await keyed('post', '/things/1/broken').expect(409);
    expect(heard).toEqual([expect.any(ConflictException)]);
  });

  it('stands before its own application only', async () => {
    const [one, other, none] = [await start('one'), await start('other'), await start()];
    await Promise.all([one, other, none].map(({ keyed }) => keyed('post', '/things/1').expect(201)));
    expect(seen.sort()).toEqual(['one: make', 'other: make']);
  });
});
