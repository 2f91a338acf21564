import { createCipheriv, createDecipheriv, createHash, createHmac, hkdfSync, randomBytes } from 'node:crypto';

/** What a sub-key of the one secret is for. The label is part of the derivation: never rename one. */
export type KeyPurpose =
  | 'code'
  | 'phone-index'
  | 'phone-encryption'
  | 'key-wrapping'
  | 'refresh'
  | 'captcha'
  | 'lookup'
  | 'registration'
  | 'idempotency'
  | 'held-account'
  | 'storage-ticket'
  | 'storage-link';

const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/**
 * The one secret and what is derived from it (HKDF-SHA-256, RFC 5869), so that a leak of one sub-key opens nothing else.
 */
export class Secrets {
  // Not printed with whatever holds this.
  readonly #secretKey: Buffer;
  readonly #keys = new Map<KeyPurpose, Buffer>();

  /** @param secretKey 32 bytes */
  constructor(secretKey: Buffer) {
    if (secretKey.length !== 32) throw new Error('The secret key must be 32 bytes long');
    this.#secretKey = secretKey;
  }

  /** @returns the 32-byte sub-key for one purpose */
  key(purpose: KeyPurpose): Buffer {
    const known = this.#keys.get(purpose);
    if (known) return known;
    const key = Buffer.from(hkdfSync('sha256', this.#secretKey, 'gatecode', purpose, 32));
    this.#keys.set(purpose, key);
    return key;
  }

  /** Keyed digest for looking a value up without storing it (blind index). 32 bytes. */
  index(purpose: KeyPurpose, value: string): Buffer {
    return createHmac('sha256', this.key(purpose)).update(value, 'utf8').digest();
  }

  /**
   * AES-256-GCM. Layout: 12 bytes nonce, ciphertext, 16 bytes tag.
   * @param context binds the ciphertext to where it is stored; opening it elsewhere fails
   */
  seal(purpose: KeyPurpose, plain: string | Buffer, context: string): Buffer {
    const nonce = randomBytes(NONCE_BYTES);
    const cipher = createCipheriv('aes-256-gcm', this.key(purpose), nonce);
    cipher.setAAD(Buffer.from(context, 'utf8'));
    const text = Buffer.isBuffer(plain) ? plain : Buffer.from(plain, 'utf8');
    return Buffer.concat([nonce, cipher.update(text), cipher.final(), cipher.getAuthTag()]);
  }

  /** @throws when the key, the context or the ciphertext is not what was sealed */
  open(purpose: KeyPurpose, sealed: Buffer, context: string): Buffer {
    const decipher = createDecipheriv('aes-256-gcm', this.key(purpose), sealed.subarray(0, NONCE_BYTES));
    decipher.setAAD(Buffer.from(context, 'utf8'));
    decipher.setAuthTag(sealed.subarray(-TAG_BYTES));
    return Buffer.concat([decipher.update(sealed.subarray(NONCE_BYTES, -TAG_BYTES)), decipher.final()]);
  }
}

/** Digest of a value that is itself random and long enough not to be guessed (tokens, tickets). 32 bytes. */
export function digestToken(token: string): Buffer {
  return createHash('sha256').update(token, 'utf8').digest();
}
