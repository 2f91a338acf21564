import type { Phone } from './phone';
import { numberSegment } from './phone';
import type { Secrets } from './secrets';

/** How a phone number is kept: a keyed digest to find it by, and a ciphertext to read it from. */
export interface StoredPhone {
  readonly index: Buffer;
  readonly ciphertext: Buffer;
}

const CONTEXT = 'phone';

/** Turns phone numbers into what may be stored, and back. */
export class PhoneVault {
  constructor(private readonly secrets: Secrets) {}

  store(phone: Phone): StoredPhone {
    return { index: this.index(phone), ciphertext: this.secrets.seal('phone-encryption', phone, CONTEXT) };
  }

  /** Blind index: equal for equal numbers, and says nothing without the key. 32 bytes. */
  index(phone: Phone): Buffer {
    return this.secrets.index('phone-index', phone);
  }

  /** Blind index of the number's segment; numbers of one segment share it. 32 bytes. */
  segmentIndex(phone: Phone): Buffer {
    return this.secrets.index('phone-index', `segment:${numberSegment(phone)}`);
  }

  read(ciphertext: Buffer): Phone {
    return this.secrets.open('phone-encryption', ciphertext, CONTEXT).toString('utf8') as Phone;
  }
}
