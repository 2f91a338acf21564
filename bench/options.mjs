import { parseArgs } from 'node:util';

/** What can be measured. Aims: the service's rate as a share of the bare process's. */
export const AIMS = { start: 0.3, login: 0.3, me: 0.42, refresh: 0.33, upload: 0.5 };
/** Starts while messages leave through a gateway that answers after 200 ms, as a share of those with one that does nothing. */
export const SENDING_AIM = 0.6;
/** p99 of these starts, milliseconds. */
export const SENDING_P99_AIM = 200;
/** What an open circuit before the gateway that takes a message may add, milliseconds. */
export const FAILOVER_AIM = 5;
/** What any operation may take with old data, as a share of what it takes without. */
export const AGEING_AIM = 1.1;
/** The rate of the service as a share of that of a minimal process which does the same work in the stores. */
export const WORK_AIMS = { login: 0.6, me: 0.75, refresh: 0.65 };
/** Requests for one's own profile on Fastify, as a multiple of those on Express. */
export const ADAPTERS_AIM = 2;
/** Log-ins with many users, as a share of those with a thousand. */
export const USERS_AIM = 0.9;
/** A large file through the service, as a share of the speed of curl straight to the same store. */
export const TRANSFER_AIM = 0.6;
/** `startup` is time until ready, in seconds. */
export const STARTUP_AIM = 4;
/** MiB. */
export const MEMORY_AIM = 150;

const OPERATIONS = Object.keys(AIMS);
/** What is measured with services of its own, in this order. */
const USUAL_PARTS = ['work', 'adapters', 'sending', 'failover'];
const LONG_PARTS = ['users', 'ageing', 'transfer'];
const USUAL = ['startup', ...OPERATIONS, ...USUAL_PARTS];
const ALL = [...USUAL, ...LONG_PARTS];

export const HELP = `Usage: npm run bench [-- options]

Puts the built service and a bare NestJS process under the same load, in turns, and compares the two.

  --seconds 5          length of one slice of load
  --rounds 3           slices of each operation and process; medians are reported
  --connections 32     parallel connections
  --only me,refresh    some of ${USUAL.slice(0, -2).join(', ')},
                       ${USUAL.slice(-2).join(', ')}, ${LONG_PARTS.join(', ')};
                       all but the last ${LONG_PARTS.length}, which take minutes or need more than Node, when not given
  --pairs 300          of failover and ageing: each pair is the same on both services, in turns
  --users 1000000      of users: how many there are on the side with many
  --old 1000000        of ageing: old messages, and old keys in Redis; js-redis-server bears 100000
  --profile folder     at the end, one more slice each under the CPU profiler: <operation>.cpuprofile and a summary
  --json               the report as JSON on stdout; progress always goes to stderr
  --help

operation   what is measured                                   aim, as a share of the bare process's requests/s
  start     POST /v1/verifications, a new number each time     ${AIMS.start.toFixed(2)}
  login     POST /v1/sessions by code, a new code each time    ${AIMS.login.toFixed(2)}
  me        GET /v1/users/me with the tokens of 200 users      ${AIMS.me.toFixed(2)}
  refresh   POST /v1/sessions/refresh, each its own chain      ${AIMS.refresh.toFixed(2)}
  upload    POST /v1/uploads, ten tickets for each user        ${AIMS.upload.toFixed(2)}
  work      login, me and refresh beside a minimal NestJS      ${Object.values(WORK_AIMS)
    .map((aim) => aim.toFixed(2))
    .join(', ')} of its rate
            process on Express that runs the same scripts
            and statements on the same stores, nothing else
  adapters  me with HTTP_ADAPTER=express and =fastify          >= ${ADAPTERS_AIM} times as many on Fastify
  sending   start with 256 connections, through a gateway that    ${SENDING_AIM.toFixed(2)} of the rate with one that does
            answers after 200 ms                               nothing, p99 <= ${SENDING_P99_AIM} ms
  startup   time until ready, with embedded stores             <= ${STARTUP_AIM} s
  failover  from a start until its message is at the gateway,  < ${FAILOVER_AIM} ms more than with the one that works alone
            when the circuit of the first gateway is open
  users     login with a thousand users and with many          >= ${USERS_AIM.toFixed(2)} of the rate with a thousand
  ageing    start, arrival at the gateway, status, login,      <= ${AGEING_AIM.toFixed(2)} of the time without, each
            check, an operator's search by number, one after
            the other, with old messages and old Redis keys
  transfer  100 MB into a radosgw that is started for it: as   >= ${TRANSFER_AIM.toFixed(2)} of the speed of curl straight to it
            a form through the service, and by S3Driver

Stores are started for the run and deleted with it. DATABASE_URL names a server to use instead, on which the run makes
a database of its own; REDIS_URL an empty Redis. What is measured
with services of its own has embedded ones: a redis-server on the PATH, else js-redis-server. An answer that was not
expected fails the run; a missed aim does not.
`;

/** @throws {Error} with a text for people */
export function readOptions(args) {
  const { values } = parseArgs({
    args,
    options: {
      seconds: { type: 'string', default: '5' },
      rounds: { type: 'string', default: '3' },
      connections: { type: 'string', default: '32' },
      only: { type: 'string', default: USUAL.join(',') },
      pairs: { type: 'string', default: '300' },
      users: { type: 'string', default: '1000000' },
      old: { type: 'string', default: '1000000' },
      profile: { type: 'string' },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  const only = values.only.split(',').map((name) => name.trim());
  const unknown = only.find((name) => !ALL.includes(name));
  if (unknown !== undefined) throw new Error(`--only names "${unknown}"; there are ${ALL.join(', ')}`);
  return {
    ...values,
    seconds: within('seconds', values.seconds, 0.5, 600),
    rounds: whole('rounds', values.rounds, 50),
    connections: whole('connections', values.connections, 512),
    startup: only.includes('startup'),
    pairs: whole('pairs', values.pairs, 10_000),
    users: whole('users', values.users, 10_000_000),
    old: whole('old', values.old, 10_000_000),
    parts: [...USUAL_PARTS, ...LONG_PARTS].filter((name) => only.includes(name)),
    operations: OPERATIONS.filter((name) => only.includes(name)),
  };
}

function whole(name, text, most) {
  const number = within(name, text, 1, most);
  if (!Number.isInteger(number)) throw new Error(`--${name} must be a whole number`);
  return number;
}

function within(name, text, least, most) {
  const number = Number(text);
  if (!(number >= least && number <= most)) throw new Error(`--${name} must be from ${least} to ${most}`);
  return number;
}
