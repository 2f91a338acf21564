import { timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { type CanActivate, type ExecutionContext, Inject, Injectable } from '@nestjs/common';
import { clientAddress, type ProxyTrust, trustOf } from '../common/client-address';
import { Problem } from '../common/problem';
import { digestToken } from '../common/secrets';
import { isPushingProvider } from './receipt-readers';
import type { SmsModuleOptions } from './sms.options';
import { SMS_OPTIONS } from './sms.tokens';

interface HookRequest {
  readonly params: { readonly provider?: string; readonly token?: string };
  /** Fastify wraps the request of Node. */
  readonly raw?: IncomingMessage;
}

/**
 * Lets a gateway in by the token in its address: none of them signs what it pushes. Who does not know the token learns
 * nothing, not even which addresses are welcome.
 */
@Injectable()
export class ReceiptTokenGuard implements CanActivate {
  private readonly digest?: Buffer;
  private readonly trust: ProxyTrust;
  private readonly isWelcome: ProxyTrust;

  constructor(@Inject(SMS_OPTIONS) { receipts }: SmsModuleOptions) {
    this.digest = receipts && digestToken(receipts.token);
    this.trust = trustOf(receipts?.trustedProxies ?? 0);
    this.isWelcome = receipts?.sources?.length ? trustOf(receipts.sources) : () => true;
  }

  canActivate(context: ExecutionContext): boolean {
    const request = context.switchToHttp().getRequest<HookRequest>();
    // The route of one gateway alone has no parameter for it.
    const { provider, token = '' } = request.params;
    if (!this.digest || (provider !== undefined && !isPushingProvider(provider)))
      throw new Problem('NOT_FOUND');
    // Digests are of one length, and tell nothing of how much of a guess was right.
    if (!timingSafeEqual(digestToken(token), this.digest)) throw new Problem('HOOK_TOKEN_INVALID');
    if (!this.isWelcome(this.addressOf(request), 0)) throw new Problem('HOOK_SOURCE_REFUSED');
    return true;
  }

  private addressOf(request: HookRequest): string {
    const { socket, headers } = request.raw ?? (request as unknown as IncomingMessage);
    return clientAddress(socket.remoteAddress, headers['x-forwarded-for'], this.trust);
  }
}
