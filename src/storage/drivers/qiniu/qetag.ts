import { createHash, type Hash } from 'node:crypto';

import { urlSafeBase64 } from './url-safe-base64';

/** Content is hashed in blocks of 4 MiB. Only parts of that size give an upload the same hash as the whole content. */
export const BLOCK_BYTES = 4 * 1024 * 1024;

const ONE_BLOCK = 0x16;
const SEVERAL_BLOCKS = 0x96;

/** Qiniu's hash of an object ("qetag"), made while the content passes. */
export class Qetag {
  private readonly blocks: Buffer[] = [];
  private block: Hash = createHash('sha1');
  private room = BLOCK_BYTES;

  update(content: Buffer): this {
    let rest = content;
    while (rest.length > 0) {
      // Closed when more follows and not when it is full: content of exactly 4 MiB is one block.
      if (this.room === 0) this.closeBlock();
      const head = rest.subarray(0, this.room);
      this.block.update(head);
      this.room -= head.length;
      rest = rest.subarray(head.length);
    }
    return this;
  }

  /** Ends the content. */
  digest(): string {
    this.closeBlock();
    const [first] = this.blocks;
    if (this.blocks.length === 1) return urlSafeBase64(Buffer.concat([Buffer.of(ONE_BLOCK), first]));
    const all = createHash('sha1').update(Buffer.concat(this.blocks)).digest();
    return urlSafeBase64(Buffer.concat([Buffer.of(SEVERAL_BLOCKS), all]));
  }

  private closeBlock(): void {
    this.blocks.push(this.block.digest());
    this.block = createHash('sha1');
    this.room = BLOCK_BYTES;
  }
}
