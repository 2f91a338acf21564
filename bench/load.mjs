// A process of its own that makes the load, in the same way for whoever is measured.
import autocannon from 'autocannon';
import { newAddress, newPhone } from './newcomers.mjs';

/** After the slice's end its last answers may take that long, seconds. */
const PATIENCE = 15;

/** For each operation: what one connection puts into its next request. */
const FILLINGS = {
  start: () => (request) => {
    request.body = JSON.stringify({ phone: newPhone(), purpose: 'login' });
  },
  login: (supply) => (request) => {
    request.body = JSON.stringify({ grant: 'code', ...supply.next() });
  },
  me: (supply) => (request) => {
    request.headers.Authorization = `Bearer ${supply.next()}`;
  },
  upload: (supply) => (request) => {
    request.headers.Authorization = `Bearer ${supply.next()}`;
    request.body = JSON.stringify({ purpose: 'avatar', contentType: 'image/png', contentLength: 1_000_000 });
  },
  refresh(supply) {
    let refreshToken = supply.next();
    return Object.assign(
      (request) => {
        request.body = JSON.stringify({ refreshToken });
      },
      {
        onAnswer(status, body) {
          // The bare process gives no tokens.
          if (status === 200) refreshToken = JSON.parse(body).refreshToken ?? refreshToken;
        },
      },
    );
  },
};

process.channel.ref(); // this process waits for work
process.on('message', async ({ ask, ...slice }) => {
  if (ask === 'load') process.send({ answer: 'load', value: await load(slice) });
});

/**
 * @param once whether the supply may be used once only: the slice ends with it then
 * @returns the slice's figures; times in milliseconds
 */
function load({ operation, url, method, seconds, connections, supply, once }) {
  const clients = [];
  const times = [];
  const bad = { count: 0 };
  // Nothing is cut off: each connection gets its last answer, so that both sides count the same requests.
  const end = () => clients.forEach((client) => (client.responseMax = 1));
  const source = supplyOf(supply, once, end);
  const cpuBefore = process.cpuUsage();

  return new Promise((resolve) => {
    const startedAt = performance.now();
    let lastAt = startedAt;
    const instance = autocannon({
      url,
      connections,
      duration: seconds + PATIENCE,
      sampleInt: 50,
      bailout: 1,
      setupClient(client) {
        clients.push(client);
        client.setRequests([requestOf(FILLINGS[operation](source), method)]);
        let chunk;
        client.on('body', (latest) => (chunk = latest));
        client.on('response', (status) => {
          if (status >= 200 && status < 300) return;
          bad.count += 1;
          bad.first ??= { status, text: chunk?.toString().split('\r\n\r\n').at(-1) };
        });
      },
    });
    setTimeout(end, seconds * 1_000);
    instance.on('response', (_client, _status, _bytes, time) => {
      lastAt = performance.now();
      times.push(time);
    });
    instance.on('reqError', (error) => {
      bad.count += 1;
      bad.first ??= { status: 0, text: error.message };
    });
    instance.on('done', () => {
      const { user, system } = process.cpuUsage(cpuBefore);
      resolve({ ...figuresOf(times, lastAt - startedAt), bad, loaderCpu: (user + system) / 1_000 });
    });
  });
}

function requestOf(fill, method) {
  return {
    method,
    onResponse: fill.onAnswer,
    setupRequest(request) {
      if (method === 'POST') request.headers['Content-Type'] = 'application/json';
      // As behind a load balancer: every client has an address of its own, and counters of its own with it.
      request.headers['X-Forwarded-For'] = newAddress();
      fill(request);
      return request;
    },
  };
}

function supplyOf(items, once, end) {
  let used = 0;
  return {
    next() {
      const item = items[used++ % items.length];
      if (once && used === items.length) end();
      return item;
    },
  };
}

function figuresOf(times, elapsed) {
  const sorted = Float64Array.from(times).sort();
  const quantile = (share) => sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)];
  return {
    requests: times.length,
    elapsed,
    rate: times.length / (elapsed / 1_000),
    p50: quantile(0.5),
    p99: quantile(0.99),
  };
}
