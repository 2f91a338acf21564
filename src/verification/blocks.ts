import {
  Injectable,
  Logger,
  type BeforeApplicationShutdown,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { InjectDataSource, InjectRepository } from '@nestjs/typeorm';
import { DataSource, type EntityManager, IsNull, LessThan, Raw, Repository } from 'typeorm';
import { uuidv7 } from 'uuidv7';
import { Block } from './block.entity';
import { BLOCK_OF, type BlockInForce, BLOCKS_IN_FORCE, BLOCKS_LIFTED, IS_BLOCKED } from './block-statements';
import type { SegmentNews } from './admission';
import { GuardStore } from './guard-store';

/** How long blocks are missing at the most that Redis has forgotten, milliseconds. */
const SEED_EVERY_MS = 30_000;

export type NewBlock = Pick<
  Block,
  'kind' | 'subjectIndex' | 'segmentIndex' | 'hint' | 'effect' | 'reason' | 'createdBy'
> & { readonly forMs: number };

/** Is written in the same transaction, e.g. to the audit log. */
export type Beside = (manager: EntityManager, block: Block) => Promise<void>;

/**
 * Who gets no messages for a while. PostgreSQL keeps it and Redis applies it: admission asks no other store, and what
 * Redis forgets comes back.
 */
@Injectable()
export class Blocks implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = new Logger(Blocks.name);
  private timer?: NodeJS.Timeout;

  constructor(
    @InjectDataSource() private readonly dataSource: DataSource,
    @InjectRepository(Block) private readonly blocks: Repository<Block>,
    private readonly store: GuardStore,
  ) {}

  async onApplicationBootstrap(): Promise<void> {
    this.timer = setInterval(() => void this.seed(), SEED_EVERY_MS).unref();
    await this.seed();
  }

  beforeApplicationShutdown(): void {
    clearInterval(this.timer);
  }

  /** Newest first. @param cursor id of a block: only those made before it */
  inForce(most: number, cursor?: string): Promise<Block[]> {
    return this.blocks.find({
      where: { ...inForce(), ...(cursor && { id: LessThan(cursor) }) },
      order: { id: 'DESC' },
      take: most,
    });
  }

  /**
   * Whether messages that pass no admission shall not go to a number either.
   * @param indexes blind indexes of the number and of its segment
   */
  async isBlocked(...indexes: Buffer[]): Promise<boolean> {
    return (await IS_BLOCKED.run(this.dataSource, [indexes])).length > 0;
  }

  /** Takes effect on all instances at once. */
  async add(block: NewBlock, beside?: Beside): Promise<Block> {
    const made = await this.dataSource.transaction(async (manager) => {
      const row = await this.insert(manager, { ...block, automatic: false });
      await beside?.(manager, row);
      return row;
    });
    await this.apply(made);
    return made;
  }

  /** @returns false when no such block is in force */
  async lift(id: string, by: string, beside?: Beside): Promise<boolean> {
    const lifted = await this.dataSource.transaction(async (manager) => {
      const block = await manager.findOneBy(Block, { id, ...inForce() });
      const { affected } = await manager.update(
        Block,
        { id, ...inForce() },
        { liftedAt: () => 'now()', liftedBy: by },
      );
      if (!block || !affected) return undefined;
      await beside?.(manager, block);
      return block;
    });
    if (!lifted) return false;
    if (lifted.automatic) await this.clear(lifted);
    else await this.apply(lifted);
    return true;
  }

  /** A segment has gone over its limit: its counts block it already, and this lets operators see it. */
  async note({ segment, unverified, verified, ms }: SegmentNews, hint: string): Promise<void> {
    const index = Buffer.from(segment, 'base64url');
    try {
      await this.insert(this.dataSource.manager, {
        kind: 'segment',
        subjectIndex: index,
        segmentIndex: index,
        hint,
        effect: 'block',
        automatic: true,
        reason: `${unverified} sends that nobody verified within the hour, ${verified} verified`,
        createdBy: 'system',
        forMs: ms,
      });
    } catch (error) {
      this.logger.warn({ event: 'verification.block.unnoted', segment: hint, message: String(error) });
    }
  }

  private async insert(
    manager: EntityManager,
    { forMs, ...block }: NewBlock & Pick<Block, 'automatic'>,
  ): Promise<Block> {
    const id = uuidv7();
    const expiresAt = () => `now() + ${Math.max(1, Math.round(forMs))} * interval '1 millisecond'`;
    await manager.insert(Block, { ...block, id, expiresAt });
    return manager.findOneByOrFail(Block, { id });
  }

  /** Tells Redis what is in force about the subject of a block. */
  private async apply({ subjectIndex, segmentIndex }: Pick<Block, 'subjectIndex' | 'segmentIndex'>) {
    try {
      const [now] = await BLOCK_OF.run(this.dataSource, [subjectIndex]);
      if (now) await this.put(now);
      else await this.store.unblock(key(subjectIndex), key(segmentIndex));
    } catch (error) {
      // It is written; the next seed brings it to Redis.
      this.warn(error);
    }
  }

  private async clear({ segmentIndex }: Block): Promise<void> {
    const segment = key(segmentIndex);
    await this.store.clearSegment(segment).catch((error: unknown) => this.warn(error));
    // One that came back after Redis had forgotten the counts.
    await this.apply({ subjectIndex: segmentIndex, segmentIndex });
  }

  private put({ subject_index, segment_index, effect, ms }: BlockInForce): Promise<void> {
    return this.store.block(key(subject_index), key(segment_index), effect, Math.round(ms));
  }

  /** Brings Redis to what is written. It may have been flushed, or replaced, or not have heard. */
  private async seed(): Promise<void> {
    try {
      const rows = await BLOCKS_IN_FORCE.run(this.dataSource, []);
      for (const row of rows.filter(({ automatic }) => automatic)) {
        // While Redis has the counts it knows better when there is room again.
        if (!(await this.store.isSegmentTold(key(row.segment_index)))) await this.put(row);
      }
      // After the automatic ones: what an operator says of a segment goes before.
      for (const row of rows.filter(({ automatic }) => !automatic)) await this.put(row);
      for (const { subject_index, segment_index } of await BLOCKS_LIFTED.run(this.dataSource, []))
        await this.store.unblock(key(subject_index), key(segment_index));
    } catch (error) {
      this.warn(error);
    }
  }

  private warn(error: unknown): void {
    this.logger.warn({ event: 'verification.blocks.not-applied', message: String(error) });
  }
}

const key = (index: Buffer): string => index.toString('base64url');

const inForce = () => ({ liftedAt: IsNull(), expiresAt: Raw((column) => `${column} > now()`) });
