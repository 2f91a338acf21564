const METHODS = new Set(['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'CONNECT', 'OPTIONS', 'TRACE', 'PATCH']);

/** @returns the method; `other` for one that nobody standardised */
export function methodName(method: string | undefined, other = '_OTHER'): string {
  return method !== undefined && METHODS.has(method) ? method : other;
}
