import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { json } from 'node:stream/consumers';
import { inspect } from 'node:util';

import type { UploadTicket } from '../src/storage/object-storage.interface';
import { qiniuDriver } from './support/qiniu-driver';
import { KEY, PNG, qiniuStory, REQUEST } from './support/qiniu-story';
import { QINIU_ACCOUNT } from './support/simulators/qiniu-account';

const story = qiniuStory();

/** What the code of any page does, which knows no story.store. */
async function upload(ticket: UploadTicket, file: Buffer, fields = ticket.fields): Promise<Response> {
  const form = new FormData();
  for (const [name, value] of Object.entries(fields)) form.append(name, value);
  form.append(ticket.fileField ?? '', new Blob([new Uint8Array(file)], { type: 'image/png' }), 'me.png');
  return fetch(ticket.url, { method: ticket.method, headers: ticket.headers, body: form });
}

it('a driver that is printed shows no secret', () => {
  const { store } = story;
  const printed = inspect(store, { depth: 20, showHidden: true });
  expect(printed).toContain(QINIU_ACCOUNT.accessKey);
  expect(printed + JSON.stringify(store)).not.toContain(QINIU_ACCOUNT.secretKey);
});

describe('a ticket', () => {
  it('is enough to upload with', async () => {
    const ticket = await story.store.createUploadTicket(REQUEST);
    expect(story.simulator.log).toEqual([]);
    expect((await upload(ticket, PNG)).status).toBe(200);
    expect(await story.store.stat(KEY)).toMatchObject({
      size: PNG.length,
      contentType: 'image/png',
      owner: 'user-7',
    });
  });

  it('is enough for a command line, too', async () => {
    const { url, fields, fileField } = await story.store.createUploadTicket(REQUEST);
    const form = Object.entries(fields).flatMap(([name, value]) => ['-F', `${name}=${value}`]);
    const curl = spawn('curl', ['-sS', '--fail', ...form, '-F', `${fileField}=@-;filename=me.png`, url]);
    curl.stdin.end(PNG);
    const [answer, [code]] = await Promise.all([json(curl.stdout), once(curl, 'close')]);
    expect([answer, code]).toEqual([{ key: KEY, hash: story.simulator.object(KEY)?.hash }, 0]);
    expect(story.content()?.equals(PNG)).toBe(true);
  });

  it.each<[string, number, () => Promise<Response>]>([
    [
      'another key',
      403,
      async () => {
        const ticket = await story.store.createUploadTicket(REQUEST);
        return upload(ticket, PNG, { ...ticket.fields, key: 'avatar/other.png' });
      },
    ],
    [
      'a key that begins the same',
      403,
      async () => {
        const ticket = await story.store.createUploadTicket(REQUEST);
        return upload(ticket, PNG, { ...ticket.fields, key: `${KEY}.html` });
      },
    ],
    [
      'no key',
      403,
      async () => {
        const { fields, ...ticket } = await story.store.createUploadTicket(REQUEST);
        return upload({ ...ticket, fields }, PNG, { token: fields.token });
      },
    ],
    [
      'a larger file',
      413,
      async () =>
        upload(await story.store.createUploadTicket(REQUEST), Buffer.concat([PNG, Buffer.alloc(2_000)])),
    ],
    [
      'a smaller file',
      403,
      async () => upload(await story.store.createUploadTicket(REQUEST), PNG.subarray(0, 99)),
    ],
    [
      'a page that calls itself a picture',
      403,
      async () => {
        const page = Buffer.from('<!doctype html><script>alert(1)</script>'.padEnd(200));
        return upload(await story.store.createUploadTicket(REQUEST), page);
      },
    ],
    [
      'a drawing that can hold scripts',
      403,
      async () => upload(await story.store.createUploadTicket(REQUEST), Buffer.from('<svg>'.padEnd(200))),
    ],
    [
      'a picture of another type',
      403,
      async () => {
        const gif = Buffer.concat([Buffer.from('GIF89a'), Buffer.alloc(200)]);
        return upload(await story.store.createUploadTicket(REQUEST), gif);
      },
    ],
    [
      'an upload after its time',
      401,
      async () => {
        const ticket = await story.store.createUploadTicket(REQUEST);
        story.clock.now = () => Date.now() + 601_000;
        return upload(ticket, PNG);
      },
    ],
    [
      'a signature of somebody else',
      401,
      async () => {
        const other = qiniuDriver(story.simulator, { secretKey: 'sk-other' });
        return upload(await other.createUploadTicket(REQUEST), PNG);
      },
    ],
    [
      'a policy that was widened',
      401,
      async () => {
        const { fields, ...ticket } = await story.store.createUploadTicket(REQUEST);
        const [accessKey, sign, encoded] = fields.token.split(':');
        const policy = JSON.parse(Buffer.from(encoded, 'base64').toString()) as { fsizeLimit: number };
        const wide = Buffer.from(JSON.stringify({ ...policy, fsizeLimit: 1e9 })).toString('base64');
        return upload({ ...ticket, fields }, PNG, { ...fields, token: [accessKey, sign, wide].join(':') });
      },
    ],
  ])('is refused by the store with %s: %i', async (_, status, attempt) => {
    expect((await attempt()).status).toBe(status);
    expect(story.simulator.keys()).toEqual([]);
  });

  it('is good for one upload', async () => {
    const ticket = await story.store.createUploadTicket(REQUEST);
    const other = Buffer.concat([PNG, Buffer.of(1)]);
    expect((await upload(ticket, PNG)).status).toBe(200);
    expect((await upload(ticket, other)).status).toBe(614);
    expect(story.content()?.equals(PNG)).toBe(true);
  });
});
