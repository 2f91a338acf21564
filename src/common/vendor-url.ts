const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/;

/**
 * Joins a configured base URL and a vendor's path.
 * @param baseUrl an origin, e.g. `https://sms.example.com:8883`: the path belongs to the protocol, not to the configuration
 * @throws {TypeError} when it is no origin, or plain `http` to anything but this machine, unless that is allowed
 */
export function vendorUrl(baseUrl: string, path: string, { allowPlainHttp = false } = {}): URL {
  const base = new URL(baseUrl);
  const mayBePlain = base.protocol === 'http:' && (allowPlainHttp || LOOPBACK.test(base.hostname));
  if (base.protocol !== 'https:' && !mayBePlain) {
    throw new TypeError(
      `An outside service must be reached over https (plain http only on loopback): ${base.host}`,
    );
  }
  // Credentials or a query in a base URL would be dropped silently; better to say so.
  if (base.pathname !== '/' || base.search || base.hash || base.username || base.password) {
    throw new TypeError(
      `The base URL of an outside service is an origin, without path, query or user: ${base.host}`,
    );
  }
  return new URL(path, base);
}
