import assert from 'node:assert/strict';
import type { UploadTicketRequest } from '../object-storage.interface';
import { type Bench, define } from './bench';
import { assertAbsent, contentOf, failureOf, holdsNone, isThere, sameBytes } from './expect';
import { PAGE, pictureOf, SMALLEST_PICTURE } from './samples';
import { isRefused, isTaken, leavesNothing, requestFor, upload } from './upload';

const SLACK_MS = 5_000;

async function ticketFor({ store, key }: Bench, wishes: Partial<UploadTicketRequest> = {}) {
  const name = wishes.key ?? key('png');
  return { name, ticket: await store.createUploadTicket(requestFor(name, wishes)) };
}

export const TICKET_CASES = [
  define('lets whoever has a ticket upload, with nothing but the ticket', async (bench) => {
    const { name, ticket } = await ticketFor(bench);
    const content = pictureOf(40_000);
    await isTaken(upload(bench, ticket, { content }));
    const facts = await bench.store.stat(name);
    assert.equal(facts?.size, content.length);
    assert.equal(facts.contentType, 'image/png');
    assert.ok(facts.owner === undefined || facts.owner === 'user-7');
    sameBytes(await contentOf(bench.store, name), content);
  }),
  define('says on the ticket what it is good for', async (bench) => {
    const before = Date.now();
    const { ticket } = await ticketFor(bench, { expiresIn: 120, maxBytes: 5_000 });
    assert.equal(ticket.maxBytes, 5_000);
    const holds = ticket.expiresAt.getTime() - before;
    assert.ok(holds > 0 && holds <= 120_000 + SLACK_MS, `${holds} ms`);
    assert.ok(
      bench.store.origins().includes(new URL(ticket.url).origin),
      'its address is one of the origins',
    );
    assert.ok(ticket.method === 'POST' ? ticket.fileField !== null : ticket.fileField === null);
  }),
  define('takes the smallest and the largest that the ticket allows', async (bench) => {
    for (const size of [SMALLEST_PICTURE, 2_000]) {
      const { name, ticket } = await ticketFor(bench, { minBytes: SMALLEST_PICTURE, maxBytes: 2_000 });
      await isTaken(upload(bench, ticket, { content: pictureOf(size) }));
      assert.equal((await bench.store.stat(name))?.size, size);
    }
  }),
  define('takes what is of the type of the ticket, which has a parameter', async (bench) => {
    const type = 'text/plain; charset=utf-8';
    const { name, ticket } = await ticketFor(bench, { key: bench.key('txt'), contentType: type });
    await isTaken(upload(bench, ticket, { content: Buffer.from('plain words'), type, name: 'a.txt' }));
    assert.match((await bench.store.stat(name))!.contentType, /^text\/plain\b/);
  }),
  define('refuses one byte more', async (bench) => {
    const { name, ticket } = await ticketFor(bench, { maxBytes: 2_000 });
    await leavesNothing(bench, name, upload(bench, ticket, { content: pictureOf(2_001) }));
  }),
  define('refuses three times as much', async (bench) => {
    const { name, ticket } = await ticketFor(bench, { maxBytes: 500_000 });
    await leavesNothing(bench, name, upload(bench, ticket, { content: pictureOf(1_500_000) }));
  }),
  define('refuses one byte less', async (bench) => {
    const { name, ticket } = await ticketFor(bench, { minBytes: 2_000 });
    await leavesNothing(bench, name, upload(bench, ticket, { content: pictureOf(1_999) }));
  }),
  define('refuses an empty file', async (bench) => {
    const { name, ticket } = await ticketFor(bench);
    await leavesNothing(bench, name, upload(bench, ticket, { content: Buffer.alloc(0) }));
  }),
  define('refuses what calls itself something else', async (bench) => {
    const { name, ticket } = await ticketFor(bench);
    const fields = Object.fromEntries(
      Object.entries(ticket.fields).map(([field, value]) => [
        field,
        value === 'image/png' ? 'text/html' : value,
      ]),
    );
    const page = { content: PAGE, type: 'text/html', name: 'page.html', fields };
    await leavesNothing(bench, name, upload(bench, ticket, page));
  }),
  define('never serves an upload as anything but what the ticket says', async (bench) => {
    const { name, ticket } = await ticketFor(bench);
    await upload(bench, ticket, { content: PAGE, type: 'text/html', name: 'page.html' });
    const facts = await bench.store.stat(name);
    assert.ok(facts === undefined || facts.contentType === 'image/png');
  }),
  define(
    'refuses content of another type than the ticket says',
    async (bench) => {
      const { name, ticket } = await ticketFor(bench);
      await leavesNothing(bench, name, upload(bench, ticket, { content: PAGE }));
    },
    ({ contentSniffing }) => contentSniffing,
  ),
  define('refuses another key', async (bench) => {
    const { name, ticket } = await ticketFor(bench);
    const other = bench.key('png');
    const fields = Object.fromEntries(
      Object.entries(ticket.fields).map(([field, value]) => [field, value.replaceAll(name, other)]),
    );
    const url = ticket.url.replaceAll(name, other);
    // A ticket that names its key nowhere in the open can't be turned to another one.
    if (url === ticket.url && JSON.stringify(fields) === JSON.stringify(ticket.fields)) return;
    await leavesNothing(bench, other, upload(bench, { ...ticket, url }, { content: pictureOf(100), fields }));
    await assertAbsent(bench.store, name);
  }),
  define('refuses a ticket of which any field was altered', async (bench) => {
    const { name, ticket } = await ticketFor(bench);
    for (const [field, value] of Object.entries(ticket.fields)) {
      const at = value.length >> 1;
      const other = value[at] === 'a' ? 'b' : 'a';
      const fields = { ...ticket.fields, [field]: value.slice(0, at) + other + value.slice(at + 1) };
      await leavesNothing(bench, name, upload(bench, ticket, { content: pictureOf(100), fields }));
    }
  }),
  define('refuses a form without its ticket', async (bench) => {
    const { name, ticket } = await ticketFor(bench);
    if (ticket.fileField === null) return;
    const content = pictureOf(100);
    await leavesNothing(bench, name, upload(bench, ticket, { content, fields: {} }));
    for (const field of Object.keys(ticket.fields)) {
      if (/^(key|bucket|content-type)$/i.test(field)) continue;
      const { [field]: _left, ...fields } = ticket.fields;
      await leavesNothing(bench, name, upload(bench, ticket, { content, fields }));
    }
  }),
  define('refuses fields of two tickets together', async (bench) => {
    const [small, large] = [
      await ticketFor(bench, { maxBytes: 1_000 }),
      await ticketFor(bench, { maxBytes: 90_000 }),
    ];
    const names = Object.keys(small.ticket.fields).filter(
      (field) => small.ticket.fields[field] !== large.ticket.fields[field],
    );
    if (names.length < 2) return;
    const fields = { ...small.ticket.fields, [names[0]]: large.ticket.fields[names[0]] };
    const answer = upload(bench, small.ticket, { content: pictureOf(2_000), fields });
    await leavesNothing(bench, small.name, answer);
    await assertAbsent(bench.store, large.name);
  }),
  define('refuses a ticket whose time is over', async (bench) => {
    const name = bench.key('png');
    const ticket = await bench.tools.expiredTicket(requestFor(name));
    await leavesNothing(bench, name, upload(bench, ticket, { content: pictureOf(100) }));
  }),
  define('refuses a ticket of somebody else', async (bench) => {
    const name = bench.key('png');
    const other = await bench.tools.withOtherSecret();
    const ticket = await other.createUploadTicket(requestFor(name));
    await leavesNothing(bench, name, upload(bench, ticket, { content: pictureOf(100) }));
  }),
  define(
    'takes a ticket once',
    async (bench) => {
      const { name, ticket } = await ticketFor(bench);
      const first = pictureOf(1_000);
      await isTaken(upload(bench, ticket, { content: first }));
      await isRefused(upload(bench, ticket, { content: pictureOf(2_000) }));
      sameBytes(await contentOf(bench.store, name), first);
    },
    ({ createOnlyTickets }) => createOnlyTickets,
  ),
  define(
    'overwrites nothing by a ticket',
    async (bench) => {
      const { name, ticket } = await ticketFor(bench);
      const there = pictureOf(500);
      await bench.store.put(name, there, { contentType: 'image/png' });
      await isRefused(upload(bench, ticket, { content: pictureOf(1_000) }));
      sameBytes(await contentOf(bench.store, name), there);
    },
    ({ createOnlyTickets }) => createOnlyTickets,
  ),
  define(
    'lets one of many win that use a ticket at once',
    async (bench) => {
      const { name, ticket } = await ticketFor(bench);
      const sizes = [1_000, 2_000, 3_000, 4_000];
      const answers = await Promise.all(
        sizes.map((size) => upload(bench, ticket, { content: pictureOf(size) })),
      );
      const winners = sizes.filter((_, index) => answers[index].ok);
      assert.equal(winners.length, 1, 'one winner');
      sameBytes(await contentOf(bench.store, name), pictureOf(winners[0]));
    },
    ({ createOnlyTickets }) => createOnlyTickets,
  ),
  define('takes a ticket still after an upload that was refused', async (bench) => {
    const { name, ticket } = await ticketFor(bench, { maxBytes: 2_000 });
    await isRefused(upload(bench, ticket, { content: pictureOf(3_000) }));
    await isTaken(upload(bench, ticket, { content: pictureOf(1_000) }));
    assert.ok(await isThere(bench.store, name));
  }),
  define('keeps nothing of an upload that is cut off', async (bench) => {
    const { name, ticket } = await ticketFor(bench, { maxBytes: 10_000_000 });
    const abort = new AbortController();
    const cut: Bench = {
      ...bench,
      fetch: (url, init) => bench.fetch(url, { ...init, signal: abort.signal }),
    };
    setTimeout(() => abort.abort(), 1);
    await failureOf(upload(cut, ticket, { content: pictureOf(9_000_000) }).then(refusal));
    // A store that was fast enough has the whole of it.
    const facts = await bench.store.stat(name);
    assert.ok(facts === undefined || facts.size === 9_000_000, 'never a part of it');
  }),
  define('makes no ticket that is too wide', async ({ store, key }) => {
    for (const wishes of [
      { expiresIn: 601 },
      { expiresIn: 0 },
      { expiresIn: Number.NaN },
      { minBytes: 10, maxBytes: 9 },
      { minBytes: -1 },
      { maxBytes: 0 },
      { maxBytes: Number.POSITIVE_INFINITY },
      { contentType: 'image/*; x' },
      { contentType: 'text/html\r\n' },
    ])
      await failureOf(store.createUploadTicket(requestFor(key('png'), wishes)));
  }),
  define('shows no secret in a ticket', async (bench) => {
    const { ticket } = await ticketFor(bench);
    holdsNone(ticket, bench.tools.secrets, 'the ticket');
    for (const value of Object.values(ticket.fields)) {
      const opened = value.split(/[.:]/).map((part) => Buffer.from(part, 'base64').toString('latin1'));
      holdsNone(opened, bench.tools.secrets, 'the ticket');
    }
  }),
];

/** An upload that came to its end in time was not cut off; it need not fail. */
function refusal(answer: Response): never {
  throw new Error(`answered with ${answer.status}`);
}
