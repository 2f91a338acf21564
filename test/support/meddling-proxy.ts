import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';

/**
 * What is done to a piece of data on its way: another one of the same length goes on in its place; `cut` ends the
 * connection, in both directions, and the piece does not arrive.
 * @param before bytes that went the same way through this connection already
 */
export type Meddling = (piece: Buffer, before: number) => Buffer | 'cut';

const pass: Meddling = (piece) => piece;

/** Stands in front of a server and meddles with what goes through, each way. */
export class MeddlingProxy {
  onRequest = pass;
  onAnswer = pass;
  /** Connections so far. */
  connections = 0;
  private readonly sockets = new Set<Socket>();
  private readonly clients = new Set<Socket>();

  private constructor(
    private readonly server: Server,
    private readonly target: URL,
  ) {
    server.on('connection', (client) => this.link(client));
  }

  static async before(url: string): Promise<MeddlingProxy> {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new MeddlingProxy(server, new URL(url));
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  /** Connections of clients that have not ended. */
  get open(): number {
    return this.clients.size;
  }

  heal(): void {
    this.onRequest = this.onAnswer = pass;
  }

  async stop(): Promise<void> {
    const closed = once(this.server, 'close');
    this.server.close();
    this.sockets.forEach((socket) => socket.destroy());
    await closed;
  }

  private link(client: Socket): void {
    this.connections += 1;
    this.clients.add(client.once('close', () => this.clients.delete(client)));
    const server = connect({ host: this.target.hostname, port: Number(this.target.port) });
    this.pump(client, server, (piece, before) => this.onRequest(piece, before));
    this.pump(server, client, (piece, before) => this.onAnswer(piece, before));
  }

  private pump(from: Socket, to: Socket, meddle: Meddling): void {
    let before = 0;
    this.sockets.add(from);
    from.on('data', (piece) => {
      const next = meddle(piece, before);
      before += piece.length;
      if (next !== 'cut') return void (to.write(next) || from.pause());
      from.resetAndDestroy();
      to.resetAndDestroy();
    });
    to.on('drain', () => from.resume());
    from.on('end', () => to.end());
    from.on('error', () => to.destroy());
    from.on('close', () => {
      this.sockets.delete(from);
      to.destroy();
    });
  }
}
