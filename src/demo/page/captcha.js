import { call } from './api.js';

/** @returns a captcha with its answer, as a verification takes it */
export async function solvedCaptcha() {
  const { captchaId, challenge } = await call('POST', '/v1/captchas', { body: { kind: 'pow' } });
  // Browsers compute on pages of https and of this machine only. In development the service tells its answer, too.
  if (!crypto.subtle) return { captchaId, ...(await call('GET', `/dev/captchas/${captchaId}`)) };
  const solution = await solve(challenge.parameters);
  return { captchaId, answer: btoa(JSON.stringify({ challenge, solution })) };
}

/** The first counter whose key begins with the prefix. https://altcha.org/docs/v2/proof-of-work-captcha */
async function solve({ nonce, salt, cost, keyLength, keyPrefix }) {
  const rounds = { name: 'PBKDF2', hash: 'SHA-256', salt: bytesOf(salt), iterations: cost };
  const password = new Uint8Array([...bytesOf(nonce), 0, 0, 0, 0]);
  const tail = new DataView(password.buffer, password.length - 4);
  for (let counter = 0; ; counter += 1) {
    tail.setUint32(0, counter);
    const key = await crypto.subtle.importKey('raw', password, 'PBKDF2', false, ['deriveBits']);
    const derivedKey = hexOf(await crypto.subtle.deriveBits(rounds, key, keyLength * 8));
    if (derivedKey.startsWith(keyPrefix)) return { counter, derivedKey };
  }
}

const bytesOf = (hex) => Uint8Array.from(hex.match(/../g), (pair) => parseInt(pair, 16));

const hexOf = (buffer) =>
  Array.from(new Uint8Array(buffer), (byte) => byte.toString(16).padStart(2, '0')).join('');
