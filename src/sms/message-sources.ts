import { Injectable } from '@nestjs/common';
import type { ClaimedMessage } from './outbox-statements';
import type { MessageRef, MessageSource } from './message-source.interface';

/** Who to ask what a message says, by the name its row carries. */
@Injectable()
export class MessageSources {
  private readonly byName = new Map<string, MessageSource>();

  register(name: string, source: MessageSource): void {
    this.byName.set(name, source);
  }

  of(message: { source: string }): MessageSource {
    const source = this.byName.get(message.source);
    if (!source) throw new Error(`No module on this instance knows messages of "${message.source}"`);
    return source;
  }
}

export function refOf(message: ClaimedMessage): MessageRef {
  const { id, reference, purpose, channel, locale } = message;
  return {
    id,
    reference,
    purpose,
    channel,
    locale,
    phone: { index: message.phone_index, ciphertext: message.phone_ciphertext },
    isFound: !message.is_fresh,
  };
}
