import { createRequire } from 'node:module';
import { setTimeout as delay } from 'node:timers/promises';
import { newAddress } from './newcomers.mjs';

const require = createRequire(import.meta.url);
const CODE_LENGTH = 6;
const PARALLEL = 32;
const PAUSE_MS = 1_000;

/** People with accounts, and what the operations need of them. None of this is measured. */
export class Customers {
  #url;
  #codeKey;
  #phones = [];

  /** @param secretKey the service's: codes are derived from it, so that nobody has to read messages */
  constructor(url, secretKey) {
    const { Secrets } = require('../dist/src/common/secrets.js');
    this.#url = url;
    this.#codeKey = new Secrets(secretKey).key('code');
  }

  get phones() {
    return this.#phones;
  }

  /** Of people who have accounts already. */
  set phones(phones) {
    this.#phones = phones;
  }

  async register(phones) {
    this.#phones = phones;
    await this.newcomers(phones);
  }

  /** Registers people who are needed once only. @returns their sessions, as they see them */
  newcomers(phones) {
    return inParallel(phones.length, async (index) =>
      this.#post('/v1/users', await this.#proof(phones[index], 'register')),
    );
  }

  /** Verifications that wait for their code, and the codes. */
  proofs(count) {
    return inParallel(count, (index) => this.#proof(this.#phones[index % this.#phones.length], 'login'));
  }

  /** Sessions, as those who opened them see them. */
  async sessions(count) {
    const proofs = await this.proofs(count);
    return inParallel(count, (index) => this.#post('/v1/sessions', { grant: 'code', ...proofs[index] }));
  }

  /** The code that was sent for it. */
  codeOf(verificationId) {
    const { deriveCode } = require('../dist/src/verification/verification-code.js');
    return deriveCode(this.#codeKey, verificationId, CODE_LENGTH);
  }

  async #proof(phone, purpose) {
    const { verificationId } = await this.#post('/v1/verifications', { phone, purpose });
    return { verificationId, code: this.codeOf(verificationId) };
  }

  /** A store that others keep busy gets a little time. */
  async #post(path, body, tries = 5) {
    const answer = await fetch(this.#url + path, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', 'X-Forwarded-For': newAddress() },
      body: JSON.stringify(body),
    }).catch((error) => {
      throw new Error(
        `POST ${path} got no answer from the service: ${error.cause?.message ?? error.message}`,
      );
    });
    const text = await answer.text();
    if (answer.status === 503 && tries > 1) {
      await delay(PAUSE_MS);
      return this.#post(path, body, tries - 1);
    }
    if (!answer.ok) throw new Error(`POST ${path} answered ${answer.status}: ${text}`);
    return JSON.parse(text);
  }
}

async function inParallel(count, work) {
  const results = new Array(count);
  let next = 0;
  const worker = async () => {
    while (next < count) {
      const index = next++;
      results[index] = await work(index);
    }
  };
  await Promise.all(Array.from({ length: PARALLEL }, worker));
  return results;
}
