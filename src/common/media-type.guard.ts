import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import { ROUTE_ARGS_METADATA } from '@nestjs/common/constants';
import { RouteParamtypes } from '@nestjs/common/internal';
import type { IncomingHttpHeaders } from 'node:http';
import { Problem } from './problem';

const BODY_ARGUMENT = new RegExp(`^${RouteParamtypes.BODY}:`);

/** Whether a request carries a body (RFC 9112, 6.3). */
export function hasBody(headers: IncomingHttpHeaders): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
}

/** A route that takes a body, and a body that no parser understood: 415. Other routes read their bodies themselves. */
@Injectable()
export class MediaTypeGuard implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    const { headers, body } = context
      .switchToHttp()
      .getRequest<{ headers: IncomingHttpHeaders; body?: unknown }>();
    if (body === undefined && hasBody(headers) && takesParsedBody(context))
      throw new Problem('UNSUPPORTED_MEDIA_TYPE');
    return true;
  }
}

function takesParsedBody(context: ExecutionContext): boolean {
  const routeArguments: unknown = Reflect.getMetadata(
    ROUTE_ARGS_METADATA,
    context.getClass(),
    context.getHandler().name,
  );
  const isMultipart = String(
    context.switchToHttp().getRequest<{ headers: IncomingHttpHeaders }>().headers['content-type'],
  );
  if (/^multipart\//i.test(isMultipart)) return false;
  return Object.keys(routeArguments ?? {}).some((key) => BODY_ARGUMENT.test(key));
}
