/** What the limiter leaves on a request for those who come after it. */
export interface RateLimitedRequest {
  /** The client, as limits count it: an IPv4 address or an IPv6 /64. */
  clientAddress?: string;
  /** On routes that count sends: how many of this client were accepted within the hour, before this one. */
  addressSends?: number;
  /** On routes that count sends: the name of the one this request reserved. A message that takes it for its id is found. */
  sendReservation?: string;
  /**
   * On routes that count sends: forgets the one this request reserved. Call it when the request succeeds without
   * sending anything (a replayed answer); a request that fails gives back by itself. Never throws.
   */
  giveBackSend?: () => Promise<void>;
}
