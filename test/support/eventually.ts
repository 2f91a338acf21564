import { setTimeout as sleep } from 'node:timers/promises';

const LOOK_AGAIN_MS = 10;

/**
 * Looks until there is something to see, or fails with what it was waiting for.
 * @param look answers undefined, false or null while there is nothing yet
 */
export async function eventually<Seen>(
  what: string,
  look: () => Promise<Seen | undefined | false | null> | Seen | undefined | false | null,
  withinMs = 5_000,
): Promise<Seen> {
  const until = Date.now() + withinMs;
  for (;;) {
    const seen = await look();
    if (seen) return seen;
    if (Date.now() > until) throw new Error(`Within ${withinMs} ms there was no ${what}`);
    await sleep(LOOK_AGAIN_MS);
  }
}
