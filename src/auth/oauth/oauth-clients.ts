import { timingSafeEqual } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { digestToken } from '../../common/secrets';
import { AUTH_OPTIONS, type AuthModuleOptions } from '../auth.options';

/** What a client says of itself. */
export interface ClientCredentials {
  readonly id: string;
  readonly secret: string;
}

const BASIC = /^Basic +([A-Za-z0-9+/]+={0,2})$/i;

/**
 * Credentials of a request (RFC 6749 2.3.1): by HTTP Basic, else in the form.
 * @returns every way to read them: some clients encode them as a form first, as they should, and most don't
 */
export function readCredentials(authorization: string | undefined, form: unknown): ClientCredentials[] {
  if (authorization !== undefined) return readBasic(authorization);
  const { client_id: id, client_secret: secret } = (form ?? {}) as Record<string, unknown>;
  return typeof id === 'string' && typeof secret === 'string' ? [{ id, secret }] : [];
}

function readBasic(authorization: string): ClientCredentials[] {
  const [, encoded] = BASIC.exec(authorization) ?? [];
  if (encoded === undefined) return [];
  const text = Buffer.from(encoded, 'base64').toString('utf8');
  const colon = text.indexOf(':');
  if (colon < 0) return [];
  const plain = { id: text.slice(0, colon), secret: text.slice(colon + 1) };
  const [id, secret] = [formDecoded(plain.id), formDecoded(plain.secret)];
  return id === undefined || secret === undefined ? [plain] : [plain, { id, secret }];
}

function formDecoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    return undefined;
  }
}

/** Who may ask about tokens, and end them. */
@Injectable()
export class OauthClients {
  /** Digests have one length, so that comparing them tells nothing of the secret's. */
  private readonly clients: readonly { readonly id: string; readonly digest: Buffer }[];

  constructor(@Inject(AUTH_OPTIONS) { oauthClients = [] }: AuthModuleOptions) {
    this.clients = oauthClients.map(({ id, secret }) => ({ id, digest: digestToken(secret) }));
  }

  /** Compares with every client, so that an unknown id takes as long as a known one. */
  areGood({ id, secret }: ClientCredentials): boolean {
    const digest = digestToken(secret);
    return this.clients
      .map((client) => timingSafeEqual(client.digest, digest) && client.id === id)
      .includes(true);
  }
}
