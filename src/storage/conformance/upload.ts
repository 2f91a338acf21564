import assert from 'node:assert/strict';
import type { UploadTicket, UploadTicketRequest } from '../object-storage.interface';
import type { Bench } from './bench';
import { assertAbsent, nothingUnfinished } from './expect';

export interface Upload {
  readonly content: Buffer;
  readonly type?: string;
  readonly name?: string;
  /** What the form has in the place of the ticket's fields. */
  readonly fields?: Readonly<Record<string, string>>;
}

export const PICTURE = 'image/png';

export function requestFor(key: string, wishes: Partial<UploadTicketRequest> = {}): UploadTicketRequest {
  const request = { minBytes: 1, maxBytes: 100_000, contentType: PICTURE, expiresIn: 300 };
  return { key, ...request, uploadId: '019aa3c4-7d60-7c3e-9a55-0d6f3f1f8a1f', owner: 'user-7', ...wishes };
}

/** What the code of any page does with a ticket: it knows no store. */
export async function upload(bench: Bench, ticket: UploadTicket, what: Upload): Promise<Response> {
  const { content, type = PICTURE, name = '头像 1.png', fields = ticket.fields } = what;
  const file = new Blob([new Uint8Array(content)], { type });
  const request = { method: ticket.method, headers: { ...ticket.headers }, redirect: 'manual' } as const;
  let body: Blob | FormData = file;
  if (ticket.fileField !== null) {
    body = new FormData();
    for (const [field, value] of Object.entries(fields)) body.append(field, value);
    body.append(ticket.fileField, file, name);
  }
  return bench.fetch(ticket.url, { ...request, body });
}

export async function isTaken(answer: Promise<Response>): Promise<void> {
  const { ok, status } = await answer.then(readOff);
  assert.ok(ok, `${status}: the upload was refused`);
}

/** A cut connection is a refusal, too: a store need not read what is too large. */
export async function isRefused(answer: Promise<Response>): Promise<void> {
  const { ok, status } = await answer.then(readOff).catch(() => ({ ok: false, status: 0 }));
  assert.ok(!ok, `${status} is no refusal`);
}

/** Refused, and nothing lies under the key. */
export async function leavesNothing(bench: Bench, key: string, answer: Promise<Response>): Promise<void> {
  await isRefused(answer);
  await assertAbsent(bench.store, key);
  await nothingUnfinished(bench);
}

async function readOff(answer: Response): Promise<{ ok: boolean; status: number }> {
  await answer.arrayBuffer();
  return answer;
}
