import { connect, isIP } from 'node:net';
import { connect as connectTls } from 'node:tls';

/**
 * Reaches for an origin as a client would, and hangs up before a word is said.
 * @returns nothing when TCP (and TLS, for https) came about, else the name of what went wrong, e.g. `ECONNREFUSED`
 */
export function shakeHands(origin: string, ms: number): Promise<string | undefined> {
  const { protocol, hostname, port } = new URL(origin);
  const secure = protocol === 'https:';
  const host = hostname.replace(/^\[|\]$/g, '');
  return new Promise((resolve) => {
    const target = { host, port: Number(port || (secure ? 443 : 80)) };
    const socket = secure ? connectTls({ ...target, servername: isIP(host) ? '' : host }) : connect(target);
    const timer = setTimeout(() => end('TIMEOUT'), ms);
    const end = (fault?: string) => {
      clearTimeout(timer);
      socket.destroy();
      resolve(fault);
    };
    socket.once(secure ? 'secureConnect' : 'connect', () => end());
    socket.once('error', (error: Error & { code?: string }) => end(error.code ?? error.name));
  });
}
