import { applyDecorators } from '@nestjs/common';
import { Transform } from 'class-transformer';
import { IsInt, IsOptional, Max, Min, ValidateBy, type ValidationOptions } from 'class-validator';

const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/;

/** A whole number of a range; says the range when it is not one. */
export function Whole(from: number, to: number): PropertyDecorator {
  const message = `must be a whole number from ${from} to ${to}`;
  return applyDecorators(
    Transform(({ value }: { value: unknown }) => (typeof value === 'string' ? Number(value) : value)),
    IsInt({ message }),
    Min(from, { message }),
    Max(to, { message }),
  );
}

/** A property that checks with a sentence for whoever has to mend it. */
export function Check(name: string, valid: (value: string) => boolean, message: string): PropertyDecorator {
  const options: ValidationOptions = { message };
  const decorator = ValidateBy(
    { name, validator: { validate: (value) => typeof value === 'string' && valid(value) } },
    options,
  );
  return applyDecorators(IsOptional(), decorator);
}

/** `https://host[:port]`; plain http for loopback only, which is where simulators live. No path: the vendor's is appended. */
export function isOrigin(value: string): boolean {
  if (!URL.canParse(value)) return false;
  const url = new URL(value);
  const secure = url.protocol === 'https:' || (url.protocol === 'http:' && LOOPBACK.test(url.hostname));
  return secure && url.pathname === '/' && !url.search && !url.hash && !url.username;
}

export function Origin(): PropertyDecorator {
  return Check(
    'origin',
    isOrigin,
    'must be an origin like https://host or https://host:8883, without a path; plain http only for 127.0.0.1 and localhost',
  );
}

/** Thirty-two bytes, base64. */
export function isSecretKey(value: string): boolean {
  return /^[A-Za-z0-9+/]{43}=$/.test(value);
}
