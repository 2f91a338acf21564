/** A telephone call that plays a recording or reads a text aloud. */
export interface CallNotice {
  /** Our id of the call (UUID), echoed in its result when `userData` is not given. */
  readonly id: string;
  /**
   * A mainland mobile number, in any usual spelling, or a landline with its area code and, behind `-`, its extension:
   * `13800138000`, `+8613800138000`, `01052823298`, `01052823298-627`.
   */
  readonly to: string;
  /** Names of recordings to play, one after another; instead of `text`. */
  readonly recordings?: readonly string[];
  /** Whether the recordings are the vendor's, e.g. its test file, or were handed in by the account. Default `own`. */
  readonly recordingsOf?: 'own' | 'platform';
  /** Text to read aloud; instead of `recordings`. */
  readonly text?: string;
  /** How often it is played, 1 to 3; default by the gateway, 1. */
  readonly playTimes?: number;
  /** Number shown to the callee, which the vendor has to approve; default by configuration. */
  readonly displayNum?: string;
  /** Where the vendor reports how the call went; default by configuration. */
  readonly receiptUrl?: string;
  /** Comes back with the result; never a secret. Default the id. */
  readonly userData?: string;
  /** The call is ended after this time, seconds. */
  readonly maxCallTime?: number;
  /** How a text is read, under the vendor's own names, e.g. `txtSpeed`; handed on unchanged. */
  readonly voice?: Readonly<Record<string, string>>;
}

/** A call as a host asks for it. */
export type CallNoticeRequest = Omit<CallNotice, 'id'>;
