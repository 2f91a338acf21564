import { BlockList, isIP, isIPv4, isIPv6 } from 'node:net';

/** Who may say where a request came from: a number of hops, or addresses and CIDRs. 0 and [] trust nobody. */
export type TrustedProxies = number | readonly string[];

/** Whether the proxy at `address`, `hop` steps away from us, may be believed. Fits Express's `trust proxy` setting. */
export type ProxyTrust = (address: string, hop: number) => boolean;

// A chain longer than this was not written by proxies.
const MAX_FORWARDED_LENGTH = 2_000;
/** Proxies are few; what follows the first one that is no proxy is not asked about. */
const MOST_KNOWN = 1_000;

/**
 * The address of the client: the socket's, unless a trusted proxy says otherwise. With N trusted hops only the N-th
 * value from the right is used; with CIDRs the first address from the right that is not a trusted proxy's.
 * @param forwarded value of `X-Forwarded-For`
 * @param trusted made by {@link trustOf} where it is used more than once
 */
export function clientAddress(
  socketAddress: string | undefined,
  forwarded: string | string[] | undefined,
  trusted: TrustedProxies | ProxyTrust,
): string {
  const isTrusted = typeof trusted === 'function' ? trusted : trustOf(trusted);
  let client = plainAddress(socketAddress ?? '') ?? '';
  if (forwarded === undefined) return client;
  const chain = [forwarded].flat().join(',').slice(-MAX_FORWARDED_LENGTH).split(',').reverse();
  for (const [hop, value] of chain.entries()) {
    if (!isTrusted(client, hop)) break;
    const address = plainAddress(value.trim());
    // Whatever stands left of something that is no address was not written by a proxy of ours.
    if (address === undefined) break;
    client = address;
  }
  return client;
}

/** @throws {TypeError} for an entry that is neither an address nor a CIDR */
export function trustOf(trusted: TrustedProxies): ProxyTrust {
  if (typeof trusted === 'number') return (_, hop) => hop < trusted;
  if (trusted.length === 0) return () => false;
  const list = new BlockList();
  for (const entry of trusted) {
    const [network, bits] = entry.trim().split('/');
    const family = isIPv6(network) ? 'ipv6' : 'ipv4';
    if (!isIP(network)) throw new TypeError(`Not an address or CIDR: ${entry}`);
    if (bits === undefined) list.addAddress(network, family);
    else list.addSubnet(network, Number(bits), family);
  }
  // Looking through a list costs more than the rest of this file.
  const known = new Map<string, boolean>();
  return (address) => {
    let isTrusted = known.get(address);
    if (isTrusted === undefined) {
      const plain = plainAddress(address);
      isTrusted = plain !== undefined && list.check(plain, isIPv6(plain) ? 'ipv6' : 'ipv4');
      if (known.size >= MOST_KNOWN) known.clear();
      known.set(address, isTrusted);
    }
    return isTrusted;
  };
}

/**
 * What limits are counted on. One customer owns a whole IPv6 /64, so that all of it is one client.
 * @returns `203.0.113.7`, `2001:db8:1:2::/64`, or `unknown`
 */
export function addressBucket(address: string): string {
  const plain = plainAddress(address);
  if (plain === undefined) return 'unknown';
  return isIPv6(plain) ? ipv6Prefix(plain, 4) : plain;
}

/** The network of an address, for display: `203.0.113.0/24`, `2001:db8:1::/48`. Takes a bucket, too. */
export function addressPrefix(address: string): string {
  const plain = plainAddress(address.split('/')[0]);
  if (plain === undefined) return 'unknown';
  return isIPv6(plain) ? ipv6Prefix(plain, 3) : plain.replace(/\d+$/, '0/24');
}

/** Strips brackets, port and zone, and unwraps IPv4 in IPv6; undefined when no address is left. */
function plainAddress(text: string): string | undefined {
  if (isIPv4(text)) return text;
  const bare =
    /^\[([^\]]+)\](?::\d+)?$/.exec(text)?.[1] ??
    /^(\d+\.\d+\.\d+\.\d+):\d+$/.exec(text)?.[1] ??
    text.split('%')[0];
  if (!isIP(bare)) return undefined;
  if (!isIPv6(bare)) return bare;
  const groups = ipv6Groups(bare);
  const isMapped = groups.slice(0, 5).every((group) => group === 0) && groups[5] === 0xffff;
  return isMapped ? [groups[6] >> 8, groups[6] & 255, groups[7] >> 8, groups[7] & 255].join('.') : bare;
}

/** @param length number of 16-bit groups that belong to the network */
function ipv6Prefix(address: string, length: number): string {
  const groups = ipv6Groups(address).slice(0, length);
  while (groups.at(-1) === 0) groups.pop();
  return `${groups.map((group) => group.toString(16)).join(':')}::/${length * 16}`;
}

/** The eight groups of an address that `isIPv6` has accepted. */
function ipv6Groups(address: string): number[] {
  const hex = address
    .split('%')[0]
    .replace(/(\d+)\.(\d+)\.(\d+)\.(\d+)$/, (_, a: string, b: string, c: string, d: string) =>
      [Number(a) * 256 + Number(b), Number(c) * 256 + Number(d)].map((group) => group.toString(16)).join(':'),
    );
  const [head, tail] = hex.split('::').map((part) => part.split(':').filter(Boolean));
  const zeros = tail ? Array<string>(8 - head.length - tail.length).fill('0') : [];
  return [...head, ...zeros, ...(tail ?? [])].map((group) => parseInt(group, 16));
}
