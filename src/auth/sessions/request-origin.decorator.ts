import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import { addressPrefix } from '../../common/client-address';
import type { Origin } from './sessions.service';

interface OriginRequest {
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly clientAddress?: string;
}

/** What a session remembers of where it was opened. */
export const RequestOrigin = createParamDecorator((_: unknown, context: ExecutionContext): Origin => {
  const { headers, clientAddress } = context.switchToHttp().getRequest<OriginRequest>();
  const agent = headers['user-agent'];
  return {
    device: typeof agent === 'string' ? agent.replace(/\p{Cc}/gu, ' ') : undefined,
    ipPrefix: clientAddress && addressPrefix(clientAddress),
  };
});
