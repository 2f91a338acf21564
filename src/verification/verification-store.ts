import { Inject, Injectable } from '@nestjs/common';
import { uuidv7 } from 'uuidv7';
import { loadLua, LuaScript } from '../redis/lua-script';
import { REDIS, type RedisConnection } from '../redis/redis.module';
import { UndoQueue } from '../redis/undo-queue';
import { pairs, prefixOf, recordKey } from './store-keys';

export type CheckVerdict =
  | {
      readonly verdict: 'UNKNOWN' | 'USED' | 'EXHAUSTED' | 'EXPIRED' | 'MALFORMED';
      /** Of the verification, where there is one. */
      readonly purpose?: string;
    }
  | { readonly verdict: 'MISMATCH'; readonly purpose: string; readonly attemptsLeft: number }
  | { readonly verdict: 'CHECK_LIMIT'; readonly purpose: string; readonly waitMs: number }
  | {
      readonly verdict: 'MATCHED';
      readonly purpose: string;
      readonly phoneIndex: string;
      readonly phone: string;
      readonly subject: string;
      readonly isTest: boolean;
    };

/** A code as it was presented. */
interface Presented {
  readonly matched: boolean;
  readonly length: number;
  readonly testIndexes: readonly string[];
}

/** A hash in the verification's slot that takes the proof in the very step that consumes the code. */
export interface Keeping {
  readonly key: string;
  readonly ttlMs: number;
  /** However often it is prolonged, it is gone this long after the code's expiry. */
  readonly mostMs: number;
}

/** KEPT: the proof was kept before, and no code was judged now. */
export type KeepVerdict = CheckVerdict | { readonly verdict: 'KEPT' };

export interface VerificationRecord {
  readonly now: number;
  readonly lastSendAt: number;
  readonly fields: Readonly<Record<string, string>>;
}

/** The state of verifications in Redis. Every method is one script, one round trip. */
@Injectable()
export class VerificationStore {
  private readonly checking: LuaScript;
  private readonly reading: LuaScript;
  private readonly cancelling: LuaScript;
  private readonly marking: LuaScript;
  private readonly releasing: LuaScript;
  private readonly undoing = new UndoQueue();

  constructor(@Inject(REDIS) private readonly redis: RedisConnection) {
    const script = (file: string) => new LuaScript(redis, file, loadLua(__dirname, `${file}.lua`));
    this.checking = script('check');
    this.reading = script('read');
    this.cancelling = script('cancel');
    this.marking = script('mark-decoy');
    this.releasing = script('release');
  }

  async check(
    verificationId: string,
    presented: Presented,
    purposes: readonly string[] | '*',
    hourlyLimit: number,
  ): Promise<CheckVerdict> {
    const checkId = uuidv7();
    const undo = () => this.release(verificationId, { checkId, givesAttemptBack: true });
    const args = this.checkArguments(verificationId, presented, purposes, hourlyLimit, checkId);
    const keys = [recordKey(this.redis, verificationId)];
    return readVerdict((await this.undoing.run(undo, this.checking, [keys, args])) as string[]);
  }

  /**
   * As {@link check}, and what the right code proves is kept in the same step. When the answer is lost nothing needs to
   * be undone: who asks again learns that it is kept.
   * @returns `until`: for how long, ms since the epoch
   */
  async checkAndKeep(
    verificationId: string,
    presented: Presented,
    purposes: readonly string[],
    hourlyLimit: number,
    { key, ttlMs, mostMs }: Keeping,
  ): Promise<{ judged: KeepVerdict; until: number }> {
    const args = this.checkArguments(verificationId, presented, purposes, hourlyLimit, uuidv7());
    const keys = [recordKey(this.redis, verificationId), key];
    const answer = (await this.checking.run(keys, [...args, ttlMs, mostMs])) as string[];
    const judged: KeepVerdict = answer[0] === 'KEPT' ? { verdict: 'KEPT' } : readVerdict(answer);
    return { judged, until: Number(answer[8] ?? 0) };
  }

  async read(verificationId: string): Promise<VerificationRecord | undefined> {
    const [now, last, ...flat] = (await this.reading.run(
      [recordKey(this.redis, verificationId)],
      [prefixOf(this.redis, { verificationId })],
    )) as string[];
    if (now === undefined) return undefined;
    return { now: Number(now), lastSendAt: Number(last), fields: pairs(flat) };
  }

  /** @returns false when there was nothing to cancel */
  async cancel(verificationId: string): Promise<boolean> {
    const keys = [recordKey(this.redis, verificationId)];
    return (
      (await this.cancelling.run(keys, [prefixOf(this.redis, { verificationId }), verificationId])) === 1
    );
  }

  /** Makes every code of this verification a wrong one. */
  async makeDecoy(verificationId: string): Promise<void> {
    await this.marking.run([recordKey(this.redis, verificationId)], []);
  }

  /**
   * Undoes a consumption that bought nothing.
   * @param checkId only the consumption by this check
   */
  async release(
    verificationId: string,
    { checkId = '', givesAttemptBack }: { checkId?: string; givesAttemptBack: boolean },
  ): Promise<void> {
    await this.releasing.run([recordKey(this.redis, verificationId)], [checkId, givesAttemptBack ? '1' : '']);
  }

  private checkArguments(
    verificationId: string,
    presented: Presented,
    purposes: readonly string[] | '*',
    hourlyLimit: number,
    checkId: string,
  ): (string | number)[] {
    return [
      presented.matched ? 1 : 0,
      presented.length,
      purposes === '*' ? '*' : purposes.join(','),
      hourlyLimit,
      prefixOf(this.redis, { verificationId }),
      checkId,
      verificationId,
      presented.testIndexes.join(','),
    ];
  }
}

function readVerdict(answer: readonly string[]): CheckVerdict {
  const [verdict, wait, left, purpose, phoneIndex, phone, subject, test] = answer;
  switch (verdict) {
    case 'MATCHED':
      return { verdict, purpose, phoneIndex, phone, subject, isTest: test === '1' };
    case 'MISMATCH':
      return { verdict, purpose, attemptsLeft: Number(left) };
    case 'CHECK_LIMIT':
      return { verdict, purpose, waitMs: Number(wait) };
    default:
      return { verdict: verdict as 'UNKNOWN' | 'USED' | 'EXHAUSTED' | 'EXPIRED' | 'MALFORMED', purpose };
  }
}
