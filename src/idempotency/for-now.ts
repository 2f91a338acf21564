const FOR_NOW = Symbol.for('gatecode:answers-for-now');

/** For handlers: the answer says to ask again. Who does so with the same Idempotency-Key gets another one. */
export function answersForNow(request: object): void {
  Object.assign(request, { [FOR_NOW]: true });
}

export function isAnsweredForNow(request: object): boolean {
  return FOR_NOW in request;
}
