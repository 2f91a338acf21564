import { messageLocale } from '../common/accept-language';
import type { AuthenticatedUser } from '../common/authenticated-user';
import type { Caller } from './verification.service';

/** What guards leave on a request that has a code sent. */
export interface SendingRequest {
  readonly headers: { readonly 'accept-language'?: string };
  readonly user?: AuthenticatedUser;
  readonly addressSends?: number;
  readonly clientAddress?: string;
  readonly sendReservation?: string;
}

/** Who has a code sent, as far as admission wants to know. */
export function callerOf(request: SendingRequest): Caller {
  const { user, addressSends, clientAddress, sendReservation, headers } = request;
  return {
    userId: user?.userId,
    addressSends: addressSends ?? 0,
    send: clientAddress && sendReservation ? { address: clientAddress, id: sendReservation } : undefined,
    locale: messageLocale(headers['accept-language']),
  };
}
