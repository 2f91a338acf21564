import { Injectable, Logger, type OnModuleDestroy, type OnModuleInit, Optional } from '@nestjs/common';
import { Events } from '../../common/events';
import { PhoneVault, type StoredPhone } from '../../common/phone-vault';
import { currentLocale } from '../../common/request-context';
import { SmsNotices } from '../../sms/notices';
import { UsersService } from '../../users/users.service';
import { Blocks } from '../../verification/blocks';
import { TestNumbers } from '../../verification/test-numbers';
import type {} from '../auth-events';
import type { NoticePurpose } from './notice-purposes';

/**
 * Tells people by SMS what was done with their account, once it is done. A notice that can't be sent fails nothing: whoever
 * changed something has changed it.
 */
@Injectable()
export class Notices implements OnModuleInit, OnModuleDestroy {
  private readonly logger = new Logger(Notices.name);
  /** Purposes that nobody has words for, each logged once. */
  private readonly wordless = new Set<NoticePurpose>();
  private readonly listening: (() => void)[] = [];

  constructor(
    private readonly events: Events,
    private readonly users: UsersService,
    private readonly testNumbers: TestNumbers,
    private readonly blocks: Blocks,
    private readonly vault: PhoneVault,
    @Optional() private readonly sms?: SmsNotices,
  ) {}

  onModuleInit(): void {
    this.listening.push(
      this.events.on('user.password-changed', ({ data }) =>
        this.tellUser(data.userId, 'notice_password_changed'),
      ),
      this.events.on('user.password-reset', ({ data }) =>
        this.tellUser(data.userId, 'notice_password_reset'),
      ),
    );
  }

  onModuleDestroy(): void {
    for (const end of this.listening) end();
  }

  /** To be called after the commit, within the request: it asks for the language. Returns at once. */
  tell(userId: string, phone: StoredPhone, purpose: NoticePurpose): void {
    void this.send(userId, phone, purpose);
  }

  private async tellUser(userId: string, purpose: NoticePurpose): Promise<void> {
    const locale = currentLocale();
    const phone = await this.users.phoneOf(userId);
    if (phone) await this.send(userId, phone, purpose, locale);
  }

  private async send(
    userId: string,
    phone: StoredPhone,
    purpose: NoticePurpose,
    locale = currentLocale(),
  ): Promise<void> {
    try {
      if (!this.sms || this.testNumbers.find(phone.index.toString('base64url'))) return;
      const segment = this.vault.segmentIndex(this.vault.read(phone.ciphertext));
      if (await this.blocks.isBlocked(phone.index, segment)) return this.unsent(purpose, 'blocked');
      const reason = await this.sms.send({ purpose, about: userId, phone, locale });
      if (reason) this.unsent(purpose, reason);
    } catch (error) {
      this.unsent(purpose, String(error));
    }
  }

  private unsent(purpose: NoticePurpose, reason: string): void {
    if (reason === 'no-template') {
      if (this.wordless.has(purpose)) return;
      this.wordless.add(purpose);
    }
    this.logger.warn({ event: 'auth.notice.unsent', purpose, reason });
  }
}
