import type { Agent } from 'undici';

// A server may close an idle socket in the very moment it is used again, and such a call counts as "may have been
// taken". So sockets are kept only as long as a burst needs them, well below any server's own idle limit.
const IDLE_SOCKET_MS = 1_000;

/** The sockets of one client to the outside, TLS verified. The library takes 19 MiB: it is loaded with the first call. */
export class LazyAgent {
  private agent?: Promise<Agent>;

  /** @param connectTimeoutMs looking a host up, TCP and TLS together */
  constructor(readonly connectTimeoutMs: number) {}

  get(): Promise<Agent> {
    return (this.agent ??= this.open());
  }

  /** Waits for calls under way, then closes every socket. */
  async close(): Promise<void> {
    const agent = this.agent;
    this.agent = undefined;
    await (await agent)?.close();
  }

  /** Cuts calls under way, too. */
  async destroy(): Promise<void> {
    const agent = this.agent;
    this.agent = undefined;
    await (await agent)?.destroy();
  }

  private async open(): Promise<Agent> {
    const { Agent } = await import('undici');
    return new Agent({
      connect: { timeout: this.connectTimeoutMs },
      keepAliveTimeout: IDLE_SOCKET_MS,
      keepAliveMaxTimeout: IDLE_SOCKET_MS,
      // Callers keep a deadline of the whole exchange; undici's own timers start anew with every byte.
      headersTimeout: 0,
      bodyTimeout: 0,
    });
  }
}
