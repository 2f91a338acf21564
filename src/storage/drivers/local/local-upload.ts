import type { IncomingMessage } from 'node:http';
import { Problem } from '../../../common/problem';
import { type FormFile, readForm } from '../../multipart/read-form';
import type { ObjectFacts } from '../../object-storage.interface';
import type { LocalDriver } from './local.driver';
import type { LocalTicket } from './local-ticket';

const FIELDS = ['key', 'Content-Type', 'ticket'] as const;
const FORM = { fields: FIELDS, required: FIELDS, fileField: 'file' } as const;
/** A client that does not know what it sends says this; what it is was said when the ticket was asked for. */
const UNKNOWN_TYPE = 'application/octet-stream';
/** Fields, boundaries and names in a form besides the file. */
const AROUND_FILE = 64 * 1024;

/**
 * Takes the form that a ticket is sent with.
 * @throws {Problem}
 */
export function takeUpload(store: LocalDriver, request: IncomingMessage): Promise<ObjectFacts> {
  return readForm(request, FORM, (file) => {
    const ticket = ticketOf(store, file);
    // Known before a byte of it was read, as far as the client says the truth.
    if (Number(request.headers['content-length'] ?? 0) > ticket.maxBytes + AROUND_FILE)
      throw new Problem('UPLOAD_TOO_LARGE');
    return store.accept(ticket, file.stream);
  });
}

/** What stands in the open must be what the ticket says: a form that was changed is refused, and not mended. */
function ticketOf(store: LocalDriver, { fields, contentType, trust }: FormFile): LocalTicket {
  const ticket = store.readTicket(fields.get('ticket') ?? '');
  if (ticket !== 'invalid') trust();
  if (ticket === 'expired') throw new Problem('UPLOAD_TICKET_EXPIRED');
  if (ticket === 'invalid' || fields.get('key') !== ticket.key) throw new Problem('UPLOAD_TICKET_INVALID');
  if (fields.get('Content-Type') !== ticket.contentType) throw new Problem('UPLOAD_TYPE_REFUSED');
  if (contentType !== UNKNOWN_TYPE && contentType !== ticket.contentType)
    throw new Problem('UPLOAD_TYPE_REFUSED');
  return ticket;
}
