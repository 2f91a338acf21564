import { redactText } from '../../../common/redaction';
import { openTicket, signTicket } from './local-ticket';

const NOW = 1_800_000_000_000;
const signer = { key: Buffer.alloc(32, 1), realm: '/v1/storage/local' };
const said = {
  key: 'avatar/1f/x/raw.png',
  minBytes: 1,
  maxBytes: 5_000,
  contentType: 'image/png',
  expires: NOW / 1_000 + 60,
  uploadId: 'upload-1',
  owner: '用户 7',
};

describe('a ticket of the local disk', () => {
  const ticket = signTicket(signer, said);

  it('says what was said', () => {
    expect(openTicket(signer, ticket, NOW)).toMatchObject(said);
  });

  it('has an id that does not give it away', () => {
    const opened = openTicket(signer, ticket, NOW);
    expect(opened).toMatchObject({ id: expect.stringMatching(/^[0-9a-f]{64}$/) });
    expect(ticket).not.toContain((opened as { id: string }).id);
  });

  it('is not read in a log', () => {
    const [text, signature] = ticket.split('.');
    const line = redactText(`refused ${ticket} and ticket=${ticket}`);
    expect(line).not.toContain(text.slice(0, 30));
    expect(line).not.toContain(signature.slice(0, 30));
  });

  it('holds until its time is over', () => {
    expect(openTicket(signer, ticket, NOW + 59_999)).toMatchObject(said);
    expect(openTicket(signer, ticket, NOW + 60_000)).toBe('expired');
  });

  it('is refused wherever it was altered', () => {
    for (let at = 0; at < ticket.length; at++) {
      const other = ticket[at] === 'A' ? 'B' : 'A';
      expect(openTicket(signer, ticket.slice(0, at) + other + ticket.slice(at + 1), NOW)).toBe('invalid');
    }
  });

  it.each([
    ['nothing', ''],
    ['a word', 'ticket'],
    ['half of one', ticket.split('.')[0]],
    ['one without a signature', `${ticket.split('.')[0]}.`],
    ['one and more', `${ticket}x`],
    ['something long', 'x'.repeat(10_000)],
  ])('is not %s', (_, text) => {
    expect(openTicket(signer, text, NOW)).toBe('invalid');
  });

  it('is refused by who has another secret, and by another store', () => {
    expect(openTicket({ ...signer, key: Buffer.alloc(32, 2) }, ticket, NOW)).toBe('invalid');
    expect(openTicket({ ...signer, realm: '/v1/storage/other' }, ticket, NOW)).toBe('invalid');
  });
});
