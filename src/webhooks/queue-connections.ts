import { Cluster, type Redis, type RedisOptions } from 'ioredis';

type Client = Redis | Cluster;

/** Connections of a queue's own, to the server that the application uses. */
export interface QueueConnections {
  /** Fails at once when the store is gone, so that what is to be queued can be kept. */
  readonly producer: Client;
  /** Waits for the store, however long that takes: what BullMQ asks of a worker's connection. */
  readonly consumer: Client;
  /** Ends these and those that were made of them. */
  end(): void;
}

// Between jobs the connection of a worker is silent, and rightly so.
const SILENT: RedisOptions = { socketTimeout: undefined, keepAlive: 10_000, disconnectTimeout: 200 };
const PATIENT: RedisOptions = {
  ...SILENT,
  commandTimeout: undefined,
  maxRetriesPerRequest: null,
  autoResendUnfulfilledCommands: true,
};

export function openQueueConnections(client: Client): QueueConnections {
  const opened: Client[] = [];
  const keep = (copy: Client): Client => {
    opened.push(copy);
    // The application's own connection already tells of outages.
    copy.on('error', () => undefined);
    return copy;
  };
  const producer = keep(copyOf(client, SILENT, false));
  const consumer = keep(copyOf(client, PATIENT, true));
  // A worker copies its connection once more, to wait on. Nobody could end that copy when the store is gone.
  const duplicate = consumer.duplicate.bind(consumer) as (...args: unknown[]) => Client;
  Object.assign(consumer, { duplicate: (...args: unknown[]) => keep(duplicate(...args)) });
  // One that has ended already would wait two seconds for its end.
  const end = () => opened.filter(({ status }) => status !== 'end').forEach((copy) => copy.disconnect());
  return { producer, consumer, end };
}

/** It connects at once and goes on trying: one that waits to be asked gives up with its first attempt. */
function copyOf(client: Client, changes: RedisOptions, enableOfflineQueue: boolean): Client {
  const common = { lazyConnect: false, enableOfflineQueue };
  if (!(client instanceof Cluster)) {
    return client.duplicate({ ...changes, ...common, enableAutoPipelining: false });
  }
  return client.duplicate([], { ...common, redisOptions: { ...client.options.redisOptions, ...changes } });
}
