import { Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { DataSource } from 'typeorm';
import { PreparedStatement } from '../../database/prepared-statement';
import { UsersService } from '../../users/users.service';
import type { ExportDto } from '../dto/account.dto';

/** Of each kind, the newest. */
const MOST = 1_000;

const CONSENTS = new PreparedStatement<{ policyVersion: string; givenAt: Date }>(
  'auth.export-consents',
  `SELECT policy_version AS "policyVersion", given_at AS "givenAt" FROM consents
   WHERE user_id = $1 ORDER BY given_at DESC LIMIT $2`,
);

const SESSIONS = new PreparedStatement<{
  id: string;
  device: string | null;
  ip: string | null;
  createdAt: Date;
  lastUsedAt: Date;
  endedAt: Date | null;
}>(
  'auth.export-sessions',
  `SELECT id, device, ip_prefix AS ip, created_at AS "createdAt", last_used_at AS "lastUsedAt", revoked_at AS "endedAt"
   FROM sessions WHERE user_id = $1 ORDER BY id DESC LIMIT $2`,
);

// Who of the operators did something is not the user's to know.
const EVENTS = new PreparedStatement<{ at: Date; action: string; by: string }>(
  'auth.export-events',
  `SELECT at, action, CASE actor WHEN $1 THEN 'user' WHEN 'system' THEN 'system' ELSE 'operator' END AS by
   FROM audit_events WHERE subject = $1 ORDER BY id DESC LIMIT $2`,
);

// What an earlier owner of the number got is none of this one's business.
const MESSAGES = new PreparedStatement<{ at: Date; purpose: string; channel: string; state: string }>(
  'auth.export-messages',
  `SELECT m.created_at AS at, m.purpose, m.channel, m.state
   FROM users u JOIN sms_messages m ON m.phone_index = u.phone_index
     AND m.created_at >= coalesce(u.phone_changed_at, u.created_at)
   WHERE u.id = $1 ORDER BY m.created_at DESC LIMIT $2`,
);

const UPLOADS = new PreparedStatement<{
  at: Date;
  purpose: string;
  contentType: string;
  size: number | null;
  state: string;
}>(
  'auth.export-uploads',
  `SELECT created_at AS at, purpose, content_type AS "contentType", size::float8 AS size, state
   FROM uploads WHERE owner_id = $1 ORDER BY number DESC LIMIT $2`,
);

/** Gathers what is kept of a user, for the user. */
@Injectable()
export class AccountExport {
  constructor(
    @InjectDataSource() private readonly dataSource: DataSource,
    private readonly users: UsersService,
  ) {}

  /** @throws {Problem} TOKEN_INVALID when the account is gone */
  async of(userId: string): Promise<ExportDto> {
    const profile = await this.users.profile(userId);
    const all = <Row extends object>(statement: PreparedStatement<Row>) =>
      statement.run(this.dataSource, [userId, MOST]);
    // One after the other: whoever exports shall not take the connections of those who log in.
    const consents = await all(CONSENTS);
    const sessions = await all(SESSIONS);
    const events = await all(EVENTS);
    const messages = await all(MESSAGES);
    const uploads = await all(UPLOADS);
    return {
      exportedAt: new Date().toISOString(),
      profile,
      consents: consents.map(({ policyVersion, givenAt }) => ({
        policyVersion,
        givenAt: givenAt.toISOString(),
      })),
      sessions: sessions.map((session) => ({
        ...session,
        createdAt: session.createdAt.toISOString(),
        lastUsedAt: session.lastUsedAt.toISOString(),
        endedAt: session.endedAt?.toISOString() ?? null,
      })),
      securityEvents: events.map((event) => ({ ...event, at: event.at.toISOString() })),
      messages: messages.map((message) => ({ ...message, at: message.at.toISOString() })),
      uploads: uploads.map((upload) => ({ ...upload, at: upload.at.toISOString() })),
    };
  }
}
