import type { OutgoingMessage, SmsOutcome, SmsProvider } from 'gatecode';

/** A gateway for a desk: messages are lines of the console. The real ones are among Gatecode's exports. */
export class ConsoleSmsProvider implements SmsProvider {
  readonly name = 'console';
  readonly channels = new Set(['sms'] as const);

  send({ id, phone, purpose, values }: OutgoingMessage): Promise<SmsOutcome> {
    console.log(`SMS ${JSON.stringify({ phone, purpose, ...values })}`);
    return Promise.resolve({ kind: 'accepted', vendorCode: 'printed', providerMessageId: id });
  }
}
