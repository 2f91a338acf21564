import { ConsoleLogger, type LogLevel } from '@nestjs/common';
import { redact } from './redaction';
import { currentRequestId } from './request-context';
import { currentSpan } from './tracing';

/** Values of `LOG_LEVEL`, from all to nothing. */
export const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;
export type LogThreshold = (typeof LOG_LEVELS)[number];

// What this ecosystem calls the levels, beside what Nest calls them.
const NEST_LEVELS: readonly [LogLevel, LogThreshold][] = [
  ['verbose', 'trace'],
  ['debug', 'debug'],
  ['log', 'info'],
  ['warn', 'warn'],
  ['error', 'error'],
  ['fatal', 'fatal'],
];

// What the framework tells of itself while it starts is of use to those who look for a fault only.
const FRAMEWORK: ReadonlySet<unknown> = new Set([
  'NestFactory',
  'InstanceLoader',
  'RoutesResolver',
  'RouterExplorer',
  'NestApplication',
]);

/**
 * Writes one JSON object a line: time, level, msg, context, requestId and what was logged with the message.
 * Everything passes the redaction: no code, token, password or whole phone number leaves the process this way.
 */
export class JsonLogger extends ConsoleLogger {
  constructor({ level = 'info' }: { level?: LogThreshold } = {}) {
    super({ json: true, colors: false, compact: true, logLevels: levelsFrom(level) });
  }

  override log(message: unknown, ...params: unknown[]): void {
    if (FRAMEWORK.has(params.at(-1))) this.debug(message, ...params);
    else super.log(message, ...params);
  }

  protected override getJsonLogObject(
    ...[message, options]: Parameters<ConsoleLogger['getJsonLogObject']>
  ): ReturnType<ConsoleLogger['getJsonLogObject']> {
    const {
      level,
      context,
      params,
      pid: _pid,
      timestamp: _,
      message: msg,
      ...rest
    } = super.getJsonLogObject(message, options);
    // An object logged alone is the line; a member called like one of ours must not take its place.
    const members = isPlain(msg) ? msg : (params as object | undefined);
    const head = {
      time: new Date().toISOString(),
      level: NEST_LEVELS.find(([nest]) => nest === level)?.[1] ?? level,
      msg: isPlain(msg) ? (msg.message ?? msg.msg ?? msg.event) : msg,
      context,
    };
    const line = { ...head, requestId: currentRequestId(), ...members, ...rest, ...head };
    const span = currentSpan();
    // Behind the redaction: eleven digits in a row would be a phone number there.
    const trace = span && { trace_id: span.traceId, span_id: span.spanId };
    return { ...(redact(line) as ReturnType<ConsoleLogger['getJsonLogObject']>), ...trace };
  }
}

function levelsFrom(threshold: LogThreshold): LogLevel[] {
  const from = LOG_LEVELS.indexOf(threshold);
  return NEST_LEVELS.filter(([, name]) => LOG_LEVELS.indexOf(name) >= from).map(([nest]) => nest);
}

function isPlain(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype;
}
