import type { HttpAdapterHost } from '@nestjs/core';
import type { DataSource } from 'typeorm';
import { DrainService } from './drain.service';
import { migrationsCheck } from './health-checks';
import { HealthService } from './health.service';

const drain = () =>
  new DrainService({
    httpAdapter: { getHttpServer: () => ({ prependListener: () => undefined }) },
  } as unknown as HttpAdapterHost);

const never = () => new Promise<never>(() => undefined);

describe('readiness', () => {
  it('names what fails, and nothing more', async () => {
    const checks = [
      { name: 'fine', check: () => Promise.resolve() },
      { name: 'broken', check: () => Promise.reject(new Error('10.0.0.7 refused')) },
      {
        name: 'throwing',
        check: () => {
          throw new Error('at once');
        },
      },
    ];
    expect(await new HealthService({ checks }, drain()).readiness()).toEqual({
      status: 'unavailable',
      checks: [
        { name: 'fine', ok: true },
        { name: 'broken', ok: false },
        { name: 'throwing', ok: false },
        { name: 'accepting', ok: true },
      ],
    });
  });

  it('waits a second at most', async () => {
    const startedAt = Date.now();
    const { status } = await new HealthService(
      { checks: [{ name: 'silent', check: never }] },
      drain(),
    ).readiness();
    expect(status).toBe('unavailable');
    expect(Date.now() - startedAt).toBeLessThan(1_500);
  });

  it('asks once for many probes, and again a second later', async () => {
    let asked = 0;
    const check = () => Promise.resolve(asked++);
    const health = new HealthService({ checks: [{ name: 'counted', check }] }, drain());
    await Promise.all(Array.from({ length: 20 }, () => health.readiness()));
    expect(asked).toBe(1);
    await new Promise((resolve) => setTimeout(resolve, 1_050));
    await health.readiness();
    expect(asked).toBe(2);
  });

  it('says at once that it is draining, whatever is cached', async () => {
    const draining = drain();
    const health = new HealthService({}, draining);
    expect((await health.readiness()).status).toBe('ok');
    draining.begin();
    expect(await health.readiness()).toEqual({
      status: 'draining',
      checks: [{ name: 'accepting', ok: false }],
    });
  });
});

describe('the check of the migrations', () => {
  class CreateUsers {}
  const database = (rows: string[], queries: string[] = []) =>
    ({
      migrations: [{ name: 'CreateThings1' }, new CreateUsers()],
      options: { migrationsTableName: 'ours' },
      query: (sql: string) => {
        queries.push(sql);
        return Promise.resolve(rows.map((name) => ({ name })));
      },
    }) as unknown as DataSource;

  it('fails while one is missing', async () => {
    await expect(migrationsCheck(database(['CreateThings1'])).check()).rejects.toThrow(
      'Migrations are missing',
    );
  });

  it('passes once all have run, and then asks no more', async () => {
    const queries: string[] = [];
    const { check } = migrationsCheck(database(['CreateThings1', 'CreateUsers'], queries));
    await check();
    await check();
    expect(queries).toEqual(['SELECT name FROM "ours"']);
  });
});
