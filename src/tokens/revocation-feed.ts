import { Logger } from '@nestjs/common';
import { LuaScript, loadLua } from '../redis/lua-script';
import type { PubSub } from '../redis/pub-sub';
import type { RedisConnection } from '../redis/redis-connection';
import { type EndedTokens, type Ending, nameOf, readEnded } from './ended-tokens';

const CHANNEL = 'revocations';
const PAGE = 5_000;
const LOOK_EVERY_MS = 1_000;

interface Page {
  readonly version: string;
  readonly endings: Ending[];
  readonly isLast: boolean;
}

/**
 * What ended on any instance, by way of Redis: told at once, and kept in a sorted set (score: when the last token has
 * expired) for those who were not listening. Every change has a version: who finds one missing reads the set anew.
 */
export class RevocationFeed {
  private readonly logger = new Logger(RevocationFeed.name);
  private readonly adding: LuaScript;
  private readonly reading: LuaScript;
  private readonly keys: [set: string, version: string];
  private readonly channel: string;
  private version?: string;
  private catchingUp?: Promise<void>;
  private looking?: Promise<void>;
  private timer?: NodeJS.Timeout;
  /** When Redis last said that nothing is missing here, on the monotonic clock. */
  private currentAt = -Infinity;

  /**
   * @param ended where what is heard is put
   * @param onRead is told what the store knows, whenever all of it was read
   */
  constructor(
    private readonly redis: RedisConnection,
    private readonly pubSub: PubSub,
    private readonly ended: EndedTokens,
    private readonly onRead?: (names: ReadonlySet<string>) => void,
  ) {
    this.keys = [`${redis.prefix}{revocations}:ended`, `${redis.prefix}{revocations}:version`];
    this.channel = redis.prefix + CHANNEL;
    this.adding = new LuaScript(redis, 'revocation-add', loadLua(__dirname, 'revocation-add.lua'), 2);
    this.reading = new LuaScript(redis, 'revocation-read', loadLua(__dirname, 'revocation-read.lua'), 2);
  }

  /** Listens, and reads what was said before; anew whenever the connection was lost. */
  async start(): Promise<void> {
    this.pubSub.subscribe(
      CHANNEL,
      (message) => this.hear(message),
      () => this.catchUp(),
    );
    await this.catchUp();
    this.timer = setInterval(() => {
      this.looking ??= this.look().finally(() => (this.looking = undefined));
    }, LOOK_EVERY_MS);
    this.timer.unref();
  }

  async stop(): Promise<void> {
    clearInterval(this.timer);
    await this.looking;
  }

  /** Tells the others. What Redis does not take is found missing there later. */
  async tell(endings: readonly Ending[]): Promise<void> {
    const args = endings.flatMap(({ ended, leftMs }) => [Math.max(1, Math.ceil(leftMs)), nameOf(ended)]);
    for (let first = 0; first < args.length; first += 2 * PAGE) {
      await this.adding
        .run(this.keys, [this.channel, ...args.slice(first, first + 2 * PAGE)])
        .catch((error: unknown) => this.note('not-told', error));
    }
  }

  /** Milliseconds since all that had ended was known here. */
  get behindMs(): number {
    return performance.now() - this.currentAt;
  }

  /** Whether something is missing here; costs one small command while nothing is. */
  private async look(): Promise<void> {
    try {
      const version = await this.redis.client.get(this.keys[1]);
      if ((version ?? '') === this.version) this.currentAt = performance.now();
      else await this.catchUp();
    } catch (error) {
      this.note('not-read', error);
    }
  }

  private catchUp(): Promise<void> {
    this.catchingUp ??= this.readAll()
      .catch((error: unknown) => this.note('not-read', error))
      .finally(() => (this.catchingUp = undefined));
    return this.catchingUp;
  }

  private async readAll(): Promise<void> {
    const names = new Set<string>();
    let page = await this.read(0);
    const { version } = page;
    for (let place = PAGE; ; place += PAGE) {
      for (const ending of page.endings) {
        this.ended.add(ending);
        names.add(nameOf(ending.ended));
      }
      if (page.isLast) break;
      page = await this.read(place);
    }
    this.version = version;
    this.currentAt = performance.now();
    this.onRead?.(names);
  }

  private async read(place: number): Promise<Page> {
    const answer = await this.reading.run(this.keys, [place, place + PAGE - 1]);
    const [version, now, entries] = answer as [string, string, string[]];
    const endings: Ending[] = [];
    for (let index = 0; index < entries.length; index += 2) {
      const ended = readEnded(entries[index]);
      const leftMs = Number(entries[index + 1]) - Number(now);
      if (ended && leftMs > 0) endings.push({ ended, leftMs });
    }
    return { version, endings, isLast: entries.length < 2 * PAGE };
  }

  private hear(message: string): void {
    const [version, ...lines] = message.split('\n');
    for (const line of lines) {
      const [leftMs, name] = line.split(' ');
      const ended = readEnded(name);
      if (ended) this.ended.add({ ended, leftMs: Number(leftMs) });
    }
    // One that is not the next leaves the version as it is: the next look finds out, and reads all.
    if (this.version === '' || Number(version) === Number(this.version) + 1) this.version = version;
  }

  private note(what: string, error: unknown): void {
    this.logger.debug({ event: `auth.revocations.${what}`, message: String(error) });
  }
}
