/**
 * What the child process of js-redis-server runs, with the package's path as its argument. A text and not a
 * module: it starts in the same way from `dist/`, from Jest and from a TypeScript loader, none of which the
 * child would have.
 *
 * The package listens on every address of the machine: here on the loopback one only. It leaves Nagle's
 * algorithm on, which with delayed acknowledgements makes a pipeline wait 40 ms per answer. And a parent
 * that was killed can't stop anybody, so the end of the channel to it must do.
 */
export const REDIS_CHILD = `
  const { Server } = require('node:net');
  const { listen } = Server.prototype;
  Server.prototype.listen = function (port) {
    return listen.call(this, { port, host: '127.0.0.1' });
  };
  require('node:diagnostics_channel').subscribe('net.server.socket', ({ socket }) => socket.setNoDelay(true));
  process.once('disconnect', () => process.exit());
  require(process.argv[2])
    .createRedisServer({ logger: console })
    .then(({ host, port }) => console.log('ready on ' + host + ' port ' + port));
`;
