import type { IncomingMessage } from 'node:http';
import { addressBucket, clientAddress, type ProxyTrust } from '../common/client-address';

/** A request as guards and middleware leave it, on every platform that Nest runs on. */
export interface CallersRequest {
  readonly headers: IncomingMessage['headers'];
  readonly user?: { readonly userId?: unknown };
  /** Left by a guard that has verified a credential of its own: whose it is, e.g. `registration 019a…`. */
  readonly credentialHolder?: string;
  readonly clientAddress?: string;
  /** Fastify wraps the request of Node. */
  readonly raw?: IncomingMessage & { readonly clientAddress?: string };
  readonly socket?: IncomingMessage['socket'];
}

/** Whose key it is. Nobody is told apart by anything that an attacker could choose to look like another. */
export interface RequestCaller {
  readonly name: string;
  /** Shares of the store are counted for: the user, or all that comes from one address. */
  readonly group: string;
}

/**
 * Who has proven to be somebody is the same with every token and from every address. Of the others we know where they
 * come from, and what they carry that nobody looked at.
 */
export function requestCaller(request: CallersRequest, trust: ProxyTrust): RequestCaller {
  const userId = request.user?.userId;
  if (typeof userId === 'string') return namedCaller(`user ${userId}`);
  if (request.credentialHolder !== undefined) return namedCaller(`holder ${request.credentialHolder}`);
  const group = `address ${addressOf(request, trust)}`;
  return { name: `${group} ${request.headers.authorization ?? ''}`, group };
}

const namedCaller = (name: string): RequestCaller => ({ name, group: name });

function addressOf(
  { clientAddress: known, raw, socket, headers }: CallersRequest,
  trust: ProxyTrust,
): string {
  const { remoteAddress } = raw?.socket ?? socket ?? {};
  return (
    known ??
    raw?.clientAddress ??
    addressBucket(clientAddress(remoteAddress, headers['x-forwarded-for'], trust))
  );
}
