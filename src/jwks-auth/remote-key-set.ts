import { Logger } from '@nestjs/common';
import { Problem } from '../common/problem';
import type { KeySet, VerificationKey } from '../tokens/key-set.interface';
import { readJwks } from '../tokens/read-jwks';

/** As long as the issuer lets caches keep the set. */
const REFRESH_EVERY_MS = 300_000;
/** Tokens with unknown keys make us look again, but strangers can't make us look all the time. */
const LOOK_AGAIN_MS = 10_000;
/** Without any key nothing can be verified. */
const BEGIN_AGAIN_MS = 1_000;
const NOTICED_AFTER_MS = 2_000;
const TIMEOUT_MS = 3_000;
const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/;

export interface RemoteKeySetOptions {
  readonly url: string;
  readonly plainHttp?: boolean;
}

/** The keys of an issuer, by HTTP. Those that are known stay good while the issuer is gone. */
export class RemoteKeySet implements KeySet {
  private readonly logger = new Logger(RemoteKeySet.name);
  private keys = new Map<string, VerificationKey>();
  private loading?: Promise<void>;
  private lookedAt = -Infinity;
  private timer?: NodeJS.Timeout;
  private again?: NodeJS.Timeout;

  constructor(
    private readonly options: RemoteKeySetOptions,
    private readonly http: typeof fetch = fetch,
    private readonly now: () => number = () => performance.now(),
  ) {
    const { protocol, hostname } = new URL(options.url);
    const isPlain = protocol === 'http:' && (options.plainHttp === true || LOOPBACK.test(hostname));
    if (protocol !== 'https:' && !isPlain)
      throw new Error('The address of a key set must be https; plain http is for this machine only');
  }

  /** Loads the keys ahead of the first token, and goes on doing so. */
  async start(): Promise<void> {
    await this.load();
    this.schedule();
  }

  stop(): void {
    clearTimeout(this.timer);
    clearTimeout(this.again);
    this.timer = undefined;
  }

  /** Loads the keys anew, and once more when every instance of the issuer must have noticed. */
  async refresh(): Promise<void> {
    clearTimeout(this.again);
    this.again = setTimeout(() => void this.load(), NOTICED_AFTER_MS).unref();
    await this.load();
  }

  async find(kid: string): Promise<VerificationKey | undefined> {
    if (!this.keys.has(kid)) await (this.mayLook() ? this.load() : this.loading);
    if (this.keys.size === 0) throw new Problem('STORE_UNAVAILABLE');
    return this.keys.get(kid);
  }

  has(kid: string): boolean {
    return this.keys.has(kid);
  }

  private mayLook(): boolean {
    const pause = this.keys.size === 0 ? BEGIN_AGAIN_MS : LOOK_AGAIN_MS;
    return this.now() - this.lookedAt >= pause;
  }

  private schedule(): void {
    const pause = this.keys.size === 0 ? BEGIN_AGAIN_MS : REFRESH_EVERY_MS;
    this.timer = setTimeout(() => void this.load().then(() => this.timer && this.schedule()), pause);
    this.timer.unref();
  }

  private load(): Promise<void> {
    this.lookedAt = this.now();
    this.loading ??= this.read()
      .catch((error: unknown) => this.warn(error))
      .finally(() => (this.loading = undefined));
    return this.loading;
  }

  private async read(): Promise<void> {
    const response = await this.http(this.options.url, {
      headers: { accept: 'application/jwk-set+json, application/json' },
      // Whoever the issuer names is not the issuer.
      redirect: 'error',
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    if (!response.ok) throw new Error(`The issuer answered ${response.status}`);
    this.keys = readJwks(await response.json());
  }

  private warn(error: unknown): void {
    const message = error instanceof Error ? error.message : String(error);
    this.logger.warn({ event: 'auth.jwks.not-loaded', message, known: this.keys.size });
  }
}
