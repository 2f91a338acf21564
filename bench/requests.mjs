import { newPhones } from './newcomers.mjs';

export const ACCOUNTS = 200;
/** So many may one user begin. */
const OPEN_UPLOADS = 10;

/**
 * What each operation asks, and what has to be prepared for a slice of it.
 * `once`: each piece of the supply can be used once.
 */
export const REQUESTS = {
  start: { method: 'POST', path: '/v1/verifications', supply: () => [] },
  login: {
    method: 'POST',
    path: '/v1/sessions',
    once: true,
    supply: (customers, requests) => customers.proofs(requests),
  },
  me: {
    method: 'GET',
    path: '/v1/users/me',
    supply: async (customers) => (await customers.sessions(ACCOUNTS)).map(({ accessToken }) => accessToken),
  },
  upload: {
    method: 'POST',
    path: '/v1/uploads',
    once: true,
    supply: async (customers, requests) => {
      const users = await customers.newcomers(newPhones(Math.ceil(requests / OPEN_UPLOADS)));
      return Array.from({ length: OPEN_UPLOADS }, () => users.map(({ accessToken }) => accessToken)).flat();
    },
  },
  refresh: {
    method: 'POST',
    path: '/v1/sessions/refresh',
    supply: async (customers, _, connections) =>
      (await customers.sessions(connections)).map(({ refreshToken }) => refreshToken),
  },
};

/**
 * Prepares one slice. Afterwards nothing is on its way.
 * @param rate requests/s of the fastest slice so far: a fifth more is prepared
 */
export async function supplyFor({ customers, stores }, { seconds, connections }, name, rate) {
  const requests = Math.ceil(rate * seconds * 1.2) + connections;
  const supply = await REQUESTS[name].supply(customers, requests, connections);
  await stores.outbox.drained();
  return supply;
}
