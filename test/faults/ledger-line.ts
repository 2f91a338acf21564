import { maskPhone, type Phone } from '../../src/common/phone';

/** An entry as one line for people: numbers masked, no codes that a gateway got. */
export function lineOf(entry: object): string {
  const shown = Object.entries(entry)
    .filter(([name, value]) => value !== undefined && value !== null && !isSecret(entry, name))
    .map(([name, value]) => `${name}=${show(name, value)}`);
  return shown.join(' ');
}

/** `code` of a request is that of a problem; elsewhere it was sent to a phone. */
function isSecret(entry: object, name: string): boolean {
  return name === 'numbers' || (name === 'code' && !('status' in entry));
}

function show(name: string, value: unknown): string {
  if (name === 'phone') return maskPhone(value as Phone);
  if (/^at$|At$/.test(name)) return new Date(value as number).toISOString().slice(11, 23);
  return String(value);
}
