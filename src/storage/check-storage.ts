import { buffer } from 'node:stream/consumers';
import { objectKey } from './object-key';
import type { ObjectStorage, StorageCheck, UploadTicket } from './object-storage.interface';
import { StorageError, type StorageFault } from './storage.error';

/** The smallest PNG: stores that judge content have to see a picture. */
const PICTURE = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  'base64',
);
const TYPE = 'image/png';
const TICKET_SECONDS = 60;

const REMEDIES: Readonly<Partial<Record<StorageFault, string>>> = {
  denied: 'Check the keys of the store, and what they may do; the lines of the store itself say more.',
  misconfigured: 'Check bucket, region and endpoint; the lines of the store itself say more.',
  unavailable: 'Check the endpoint, and that this machine may open connections to it.',
  full: 'Make room, or raise the quota.',
};

interface Step {
  readonly subject: string;
  /** @returns what was found; throws what went wrong */
  readonly run: () => Promise<string>;
  readonly remedy: string;
}

/** Something that was answered, and is not what it has to be. */
class Unlike extends Error {}

/**
 * Does with a store what the service does with it: puts, looks up, reads, signs, has a client upload by a ticket, and
 * deletes. What it wrote is gone afterwards.
 * @returns one line for each step, then what only this store can tell
 */
export async function checkStorage(
  store: ObjectStorage,
  request: typeof fetch = fetch,
): Promise<StorageCheck[]> {
  // As avatars have them: a bucket may let anybody read these only.
  const keys = [
    objectKey({ purpose: 'avatar', name: '512', extension: 'webp' }),
    objectKey({ purpose: 'avatar', name: 'raw', extension: 'png' }),
    objectKey({ purpose: 'avatar', name: 'raw', extension: 'png' }),
  ];
  const found: StorageCheck[] = [];
  try {
    for (const step of stepsOf(store, keys, request)) {
      const check = await take(step, store);
      found.push(check);
      // Without an object there is nothing to look up, to read or to sign.
      if (step.subject === 'put' && check.verdict === 'fail') break;
    }
  } finally {
    await Promise.allSettled(keys.map((key) => store.delete(key)));
  }
  return [...found, ...((await store.checkup?.()) ?? [])];
}

function stepsOf(store: ObjectStorage, [key, uploaded, refused]: string[], request: typeof fetch): Step[] {
  const { publicUrls } = store.capabilities;
  return [
    {
      subject: 'put',
      run: async () => `${(await store.put(key, PICTURE, { contentType: TYPE })).size} bytes are stored`,
      remedy: 'Let the keys write to the bucket.',
    },
    {
      subject: 'stat',
      run: async () => {
        const facts = await store.stat(key);
        if (facts?.size !== PICTURE.length) throw new Unlike('it is not there, or of another size');
        return `${facts.contentType}, ${facts.size} bytes`;
      },
      remedy: 'Is that the bucket which is written to?',
    },
    {
      subject: 'get',
      run: async () => {
        const { stream } = await store.getStream(key);
        mustBeThePicture(await buffer(stream));
        return 'the same bytes come back';
      },
      remedy: 'Something between this machine and the store changes what it answers.',
    },
    {
      subject: publicUrls ? 'domain' : 'sign',
      run: async () => {
        const url = publicUrls
          ? store.publicUrl(key)
          : await store.signedUrl(key, { expiresIn: TICKET_SECONDS });
        const answer = await request(url, { redirect: 'error' });
        const body = Buffer.from(await answer.arrayBuffer());
        if (!answer.ok) throw new Unlike(`${new URL(url).origin} answers ${answer.status}`);
        mustBeThePicture(body);
        return `${new URL(url).origin} serves it`;
      },
      remedy: publicUrls
        ? 'Let anybody read the bucket, check the public URL or domain, or use signed URLs (STORAGE_SIGNED_URLS=true).'
        : 'Check the domain, and the clock of this machine.',
    },
    {
      subject: 'ticket',
      run: async () => {
        const ticket = await ticketFor(store, uploaded);
        const status = await upload(ticket, PICTURE, request);
        if (status >= 300) throw new Unlike(`an upload with a good ticket is answered ${status}`);
        if (!(await store.stat(uploaded))) throw new Unlike('what was uploaded is not there');
        return `${new URL(ticket.url).origin} takes uploads`;
      },
      remedy: 'Check where clients upload to, and that the key may write there.',
    },
    {
      subject: 'limits',
      run: async () => {
        const tooLarge = Buffer.concat([PICTURE, Buffer.alloc(PICTURE.length)]);
        const status = await upload(await ticketFor(store, refused), tooLarge, request);
        if (status < 300 || (await store.stat(refused)))
          throw new Unlike(`a file that is too large is taken (${status})`);
        return 'a file that is too large is refused by the store';
      },
      remedy: 'This store does not enforce the limits of a ticket: do not let users upload to it.',
    },
    {
      subject: 'delete',
      run: async () => {
        await store.delete(key);
        if (await store.stat(key)) throw new Unlike('it is still there');
        return 'it is gone';
      },
      remedy: 'Let the keys delete from the bucket; a bucket that keeps versions has to expire them.',
    },
  ];
}

async function take({ subject, run, remedy }: Step, store: ObjectStorage): Promise<StorageCheck> {
  try {
    return { subject, verdict: 'ok', detail: await run() };
  } catch (error) {
    if (error instanceof StorageError)
      return { subject, verdict: 'fail', detail: error.message, remedy: REMEDIES[error.fault] ?? remedy };
    if (error instanceof Unlike) return { subject, verdict: 'fail', detail: error.message, remedy };
    // What `fetch` throws: the address can't be reached, or leads elsewhere.
    const { cause } = error as { cause?: { code?: string; message: string } };
    if (!cause) throw error;
    const { code, message } = cause;
    if (store.name === 'local' && code === 'ECONNREFUSED') {
      const detail = `nothing listens on ${store.origins().join(', ')}`;
      return {
        subject,
        verdict: 'warn',
        detail,
        remedy: 'The service serves this store: start it and try again.',
      };
    }
    return { subject, verdict: 'fail', detail: code ?? message, remedy };
  }
}

function ticketFor(store: ObjectStorage, key: string): Promise<UploadTicket> {
  return store.createUploadTicket({
    key,
    minBytes: 1,
    maxBytes: PICTURE.length,
    contentType: TYPE,
    expiresIn: TICKET_SECONDS,
    uploadId: 'check',
    owner: 'check',
  });
}

/** As a browser does it. @returns the status of the answer */
async function upload(
  ticket: UploadTicket,
  bytes: Buffer<ArrayBuffer>,
  request: typeof fetch,
): Promise<number> {
  const { method, url, fields, fileField, headers } = ticket;
  const file = new Blob([bytes], { type: TYPE });
  const form = new FormData();
  for (const [name, value] of Object.entries(fields)) form.append(name, value);
  if (fileField) form.append(fileField, file, 'check.png');
  const answer = await request(url, { method, headers, body: fileField ? form : file });
  await answer.arrayBuffer();
  return answer.status;
}

function mustBeThePicture(bytes: Buffer): void {
  if (!bytes.equals(PICTURE)) throw new Unlike(`other bytes come back (${bytes.length})`);
}
