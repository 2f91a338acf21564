import type { DataSource } from 'typeorm';
import type { Upload } from './upload';
import { RENEW } from './upload-statements';

/** Somebody else works on the upload, or it is settled or forgotten. */
export class LeaseLost extends Error {
  override readonly name = 'LeaseLost';
}

export interface LeaseTimes {
  readonly leaseMs: number;
  /** For all that is done under it. */
  readonly completionMs: number;
}

/** Keeps the lease of an upload while it is worked on, and has the work end when it is lost or takes too long. */
export class UploadLease {
  private readonly ending = new AbortController();
  private readonly renewing: NodeJS.Timeout;
  readonly signal: AbortSignal;

  constructor(
    private readonly dataSource: DataSource,
    private readonly upload: Upload,
    { leaseMs, completionMs }: LeaseTimes,
    stopping: AbortSignal,
  ) {
    this.signal = AbortSignal.any([this.ending.signal, AbortSignal.timeout(completionMs), stopping]);
    this.renewing = setInterval(() => void this.renew(leaseMs), leaseMs / 3).unref();
  }

  get isLost(): boolean {
    return this.ending.signal.aborted;
  }

  end(): void {
    clearInterval(this.renewing);
  }

  private async renew(leaseMs: number): Promise<void> {
    try {
      const { id, lease } = this.upload;
      const held = await RENEW.run(this.dataSource, [id, lease, leaseMs / 1_000]);
      if (held.length === 0) this.ending.abort(new LeaseLost('while it was worked on'));
    } catch {
      // The database is gone for a moment. Should that last, the lease ends, and what comes next finds it so.
    }
  }
}
