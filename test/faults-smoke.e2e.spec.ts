import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { open } from './faults/main';
import { play, SCENARIOS } from './faults/matrix';
import type { World } from './faults/run';

jest.setTimeout(90_000);

// A taste of `npm run test:faults`, so that neither the service nor the matrix goes wrong unnoticed.
describe('under load, the ledgers of clients, gateways and outbox', () => {
  let folder: string;
  let world: World;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'gatecode-faults-'));
    chmodSync(folder, 0o711); // under root PostgreSQL runs as somebody else, who must get through
    world = await open(folder, { rounds: 5, isSlow: false });
  });
  afterAll(async () => {
    await Promise.all([world?.postgres.stop(), world?.redis.stop()]);
    rmSync(folder, { recursive: true, force: true });
  });

  const playing = (name: string, instances: number) =>
    play(
      world,
      SCENARIOS.find((scenario) => scenario.name === name)!,
      instances,
    );

  it('agree after kills between a call and its record', async () => {
    let atStake = 0;
    // Kills that met nothing between the two say nothing: then it is played again.
    for (let times = 0; times < 3 && atStake === 0; times += 1) {
      const { violations, accepted, unknown } = await playing('crash-called', 3);
      expect(violations).toEqual([]);
      expect(accepted).toBeGreaterThan(0);
      atStake = unknown;
    }
    expect(atStake).toBeGreaterThan(0);
  });

  it('agree that three instances spend a budget to the last message and no further', async () => {
    const { violations, accepted, messages } = await playing('budget', 3);
    expect(violations).toEqual([]);
    expect([accepted, messages]).toEqual([40, 40]);
  });
});
