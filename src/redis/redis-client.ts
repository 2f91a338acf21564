import { Cluster, Redis, type RedisOptions } from 'ioredis';

/** Which server to talk to. */
export interface RedisClientOptions {
  /**
   * `redis://` or `rediss://`; several comma-separated nodes mean Redis Cluster;
   * `redis+sentinel://host:26379,host:26379/master-name` means Sentinel.
   */
  readonly url: string;
  /**
   * Called with the name of every command that this client sends, which is one round trip each (a script that the
   * server does not know costs two: `evalsha`, `eval`). For tests that count what an operation costs.
   */
  readonly onCommand?: (name: string) => void;
}

const SENTINEL = 'redis+sentinel://';
const MAX_BACKOFF_MS = 1_000;

const backoff = (attempt: number) => Math.min(50 * 2 ** Math.min(attempt, 5), MAX_BACKOFF_MS);

// A request must end within seconds whatever the store does, and a command that was reported as failed must not be
// carried out later: so nothing is queued while the store is gone and nothing is sent a second time.
const FAIL_FAST: RedisOptions = {
  connectTimeout: 1_000,
  commandTimeout: 1_000,
  // A cut cable gives no error: without an answer for that long, the connection is made anew.
  socketTimeout: 3_000,
  maxRetriesPerRequest: 0,
  autoResendUnfulfilledCommands: false,
  maxLoadingRetryTime: MAX_BACKOFF_MS,
};

/** Makes a client that fails fast and reconnects by itself. It does not connect yet. */
export function createRedisClient({ url, onCommand }: RedisClientOptions): Redis | Cluster {
  const client = url.startsWith(SENTINEL)
    ? behindSentinel(url)
    : url.includes(',')
      ? cluster(url)
      : single(url);
  if (client instanceof Cluster) client.on('+node', forgetSocketTimer);
  else forgetSocketTimer(client);
  if (onCommand) watchCommands(client, onCommand);
  return client;
}

/** Makes a second connection to the same server, for subscriptions: between messages it is silent, and rightly so. */
export function subscriberOf(client: Redis | Cluster): Redis | Cluster {
  if (!(client instanceof Cluster)) return client.duplicate({ socketTimeout: undefined, keepAlive: 10_000 });
  const { redisOptions } = client.options;
  return client.duplicate([], { redisOptions: { ...redisOptions, socketTimeout: undefined } });
}

function single(url: string): Redis {
  return new Redis(url, {
    ...FAIL_FAST,
    retryStrategy: backoff,
    enableOfflineQueue: false,
    lazyConnect: true,
    // Commands of one turn of the event loop leave in one packet. In a cluster they would have to share a node.
    enableAutoPipelining: true,
  });
}

function cluster(urls: string): Cluster {
  const nodes = urls.split(',').map((node) => new URL(node.trim()));
  const { protocol, username, password } = nodes[0];
  return new Cluster(
    nodes.map(({ hostname, port }) => ({ host: unbracket(hostname), port: Number(port || 6379) })),
    {
      clusterRetryStrategy: backoff,
      enableOfflineQueue: false,
      lazyConnect: true,
      // Together these bound how long a command looks for its node while the cluster elects a new one.
      maxRedirections: 5,
      retryDelayOnFailover: 100,
      retryDelayOnClusterDown: 100,
      retryDelayOnTryAgain: 100,
      slotsRefreshTimeout: 1_000,
      slotsRefreshInterval: 5_000,
      redisOptions: {
        ...FAIL_FAST,
        ...(username && { username: decodeURIComponent(username) }),
        ...(password && { password: decodeURIComponent(password) }),
        ...(protocol === 'rediss:' && { tls: {} }),
      },
    },
  );
}

function behindSentinel(url: string): Redis {
  const [authority, name = 'mymaster'] = url.slice(SENTINEL.length).split('/');
  const at = authority.lastIndexOf('@');
  const [username, password] = authority.slice(0, Math.max(at, 0)).split(':').map(decodeURIComponent);
  return new Redis({
    ...FAIL_FAST,
    sentinels: authority
      .slice(at + 1)
      .split(',')
      .map((node) => new URL(`redis://${node}`))
      .map(({ hostname, port }) => ({ host: unbracket(hostname), port: Number(port || 26379) })),
    name,
    ...(username && { username }),
    ...(password && { password }),
    sentinelRetryStrategy: backoff,
    sentinelCommandTimeout: 1_000,
    retryStrategy: backoff,
    enableOfflineQueue: false,
    lazyConnect: true,
  });
}

const unbracket = (hostname: string) => hostname.replace(/^\[|\]$/g, '');

function watchCommands(client: Redis | Cluster, onCommand: (name: string) => void): void {
  const send = client.sendCommand.bind(client) as (...args: Parameters<Redis['sendCommand']>) => unknown;
  client.sendCommand = (...args: Parameters<Redis['sendCommand']>) => {
    onCommand(args[0].name.toLowerCase());
    return send(...args);
  };
}

/**
 * ioredis 5.11 leaves the timer of `socketTimeout` running when the connection closes: it would destroy the next,
 * healthy connection, and keep the process alive.
 */
function forgetSocketTimer(client: Redis): void {
  const timed = client as unknown as { socketTimeoutTimer?: NodeJS.Timeout };
  client.on('close', () => {
    clearTimeout(timed.socketTimeoutTimer);
    timed.socketTimeoutTimer = undefined;
  });
}
