/** One line of the doctor: what was looked at, how it stands, and what to do about it. */
export interface Finding {
  readonly verdict: 'ok' | 'warn' | 'fail';
  readonly subject: string;
  readonly detail: string;
  /** Given unless the verdict is `ok`. */
  readonly remedy?: string;
}

export function ok(subject: string, detail: string): Finding {
  return { verdict: 'ok', subject, detail };
}

export function warn(subject: string, detail: string, remedy: string): Finding {
  return { verdict: 'warn', subject, detail, remedy };
}

export function fail(subject: string, detail: string, remedy: string): Finding {
  return { verdict: 'fail', subject, detail, remedy };
}
