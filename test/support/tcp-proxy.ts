import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';

/**
 * passing: all is well. refusing: the port is closed. silent: connections open and nothing ever comes through, in
 * neither direction; what was sent meanwhile is lost. frozen: the same, but it arrives when the freeze ends, as with a
 * server that was paused.
 */
type Mode = 'passing' | 'refusing' | 'silent' | 'frozen';

interface Link {
  readonly client: Socket;
  readonly server: Socket;
}

/** Stands in front of a store and breaks on demand. */
export class TcpProxy {
  private mode: Mode = 'passing';
  private delayMs = 0;
  private port = 0;
  private listener: Server;
  private readonly links = new Set<Link>();
  private readonly sockets = new Set<Socket>();

  private constructor(private readonly target: { readonly host: string; readonly port: number }) {}

  /** @param url of the store, e.g. `redis://127.0.0.1:6379` */
  static async before(url: string): Promise<TcpProxy> {
    const { hostname, port } = new URL(url);
    const proxy = new TcpProxy({ host: hostname, port: Number(port) });
    await proxy.listen();
    return proxy;
  }

  /** The store's URL by way of the proxy. */
  through(url: string): string {
    const by = new URL(url);
    by.hostname = '127.0.0.1';
    by.port = String(this.port);
    return by.toString();
  }

  /** Ends every connection; new ones are welcome. */
  cut(): void {
    for (const { client, server } of this.links) [client, server].forEach(reset);
    this.links.clear();
  }

  async refuse(): Promise<void> {
    this.mode = 'refusing';
    const closed = new Promise((resolve) => this.listener.close(resolve));
    this.cut();
    await closed;
  }

  silence(): void {
    this.hold('silent');
  }

  freeze(): void {
    this.hold('frozen');
  }

  /** Lets every piece of data wait. */
  delay(ms: number): void {
    this.delayMs = ms;
  }

  /** Ends whatever fault there is. */
  async heal(): Promise<void> {
    const was = this.mode;
    this.mode = 'passing';
    this.delayMs = 0;
    if (was === 'refusing') await this.listen();
    if (was === 'silent') this.cut();
    if (was === 'frozen')
      this.links.forEach(({ client, server }) => [client, server].forEach((s) => s.resume()));
  }

  async stop(): Promise<void> {
    if (this.mode !== 'refusing') await this.refuse();
    this.sockets.forEach((socket) => socket.destroy());
  }

  private listen(): Promise<void> {
    this.listener = createServer((client) => this.link(client));
    return new Promise((resolve, reject) => {
      this.listener.once('error', reject).listen(this.port, '127.0.0.1', () => {
        this.port = (this.listener.address() as AddressInfo).port;
        resolve();
      });
    });
  }

  private hold(mode: 'silent' | 'frozen'): void {
    this.mode = mode;
    this.links.forEach(({ client, server }) => [client, server].forEach((socket) => socket.pause()));
  }

  private link(client: Socket): void {
    const link = { client, server: connect(this.target) };
    this.links.add(link);
    this.pump(client, link.server, link);
    this.pump(link.server, client, link);
    if (this.mode !== 'passing') [client, link.server].forEach((socket) => socket.pause());
  }

  private pump(from: Socket, to: Socket, link: Link): void {
    this.sockets.add(from);
    from.on('data', (data) => {
      if (this.delayMs === 0) to.write(data);
      else setTimeout(() => to.writable && to.write(data), this.delayMs);
    });
    from.on('end', () => to.end());
    from.on('error', () => to.destroy());
    from.on('close', () => {
      to.destroySoon();
      this.links.delete(link);
      this.sockets.delete(from);
    });
  }
}

/** A socket that is ending already can't be reset any more: Node 20 would keep it for ever. */
function reset(socket: Socket): void {
  if (socket.writableEnded) socket.destroy();
  else socket.resetAndDestroy();
}
