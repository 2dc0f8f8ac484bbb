import { type LogFn, type Logger, pino } from 'pino';
import { redact, redactText } from './redact.js';

/** How a service logs. */
export interface LoggerOptions {
  readonly service: string;
  readonly level?: string;
  /** Lines for people instead of JSON. By default when standard output is a terminal. */
  readonly pretty?: boolean;
}

/**
 * A service's logger: JSON lines on standard output, or readable ones for people. Secrets are removed wherever they
 * turn up: in fields, in messages, in errors.
 */
export function createLogger({ service, level = 'info', pretty = process.stdout.isTTY }: LoggerOptions): Logger {
  const transport = pretty
    ? {
        transport: {
          target: 'pino-pretty',
          options: { ignore: 'pid,hostname,service', messageFormat: `${service}: {msg}` },
        },
      }
    : {};
  return pino({ ...loggerSettings(service, level), ...transport });
}

/** All that is the same wherever the lines go; tests give it a stream of their own. */
export function loggerSettings(service: string, level: string) {
  return {
    level,
    base: { service, pid: process.pid },
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { log: (fields: Record<string, unknown>) => redact(withoutErrors(fields)) as Record<string, unknown> },
    hooks: { logMethod: redactMessage },
  };
}

/** pino's own serializer runs after the formatter and only for `err`; here every error becomes fields first. */
function withoutErrors(fields: Record<string, unknown>): Record<string, unknown> {
  let copy: Record<string, unknown> | undefined;
  for (const [key, value] of Object.entries(fields)) {
    if (!(value instanceof Error)) continue;
    copy ??= { ...fields };
    copy[key] = pino.stdSerializers.err(value);
  }
  return copy ?? fields;
}

function redactMessage(this: Logger, args: Parameters<LogFn>, method: LogFn): void {
  const clean = args.map((arg: unknown) => (typeof arg === 'string' ? redactText(arg) : arg));
  method.apply(this, clean as Parameters<LogFn>);
}
