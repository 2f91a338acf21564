import { createServer, type AddressInfo, type Server } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import { selfSigned } from '../../test/support/simulators/self-signed';
import { shakeHands } from './handshake';

let server: Server | undefined;
afterEach(() => new Promise<void>((closed) => (server ? server.close(() => closed()) : closed())));

async function listen(made: Server): Promise<number> {
  server = made.on('connection', (socket) => socket.on('error', () => undefined));
  await new Promise<void>((listening) => made.listen(0, '127.0.0.1', listening));
  return (made.address() as AddressInfo).port;
}

describe('a handshake', () => {
  it('is enough by TCP for http', async () => {
    const port = await listen(createServer((socket) => void socket.resume()));
    expect(await shakeHands(`http://127.0.0.1:${port}`, 2_000)).toBeUndefined();
  });

  it('names a port where nobody listens', async () => {
    const port = await listen(createServer());
    await new Promise((closed) => server!.close(closed));
    server = undefined;
    expect(await shakeHands(`http://127.0.0.1:${port}`, 2_000)).toBe('ECONNREFUSED');
  });

  it('does not trust a certificate that nobody vouches for', async () => {
    const port = await listen(createTlsServer(selfSigned('127.0.0.1')));
    expect(await shakeHands(`https://127.0.0.1:${port}`, 2_000)).toMatch(/SELF_SIGNED|UNABLE_TO_VERIFY/);
  });

  it('waits no longer than it was told', async () => {
    const port = await listen(createServer((socket) => void socket.resume()));
    const startedAt = performance.now();
    expect(await shakeHands(`https://127.0.0.1:${port}`, 200)).toBe('TIMEOUT');
    expect(performance.now() - startedAt).toBeLessThan(1_000);
  });
});
