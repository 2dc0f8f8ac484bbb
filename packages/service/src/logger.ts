import { type LogFn, type Logger, pino } from 'pino';
import { REDACTED, redactFields, redactText } from './redact.js';

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
    formatters: { log: redactFields },
    // What child loggers carry along passes by the formatter.
    redact: { paths: ['authorization', 'password', 'token'], censor: REDACTED },
    // Errors have become fields by then; pino's own serializer would take their type for `Object`.
    serializers: { err: (fields: unknown) => fields },
    hooks: { logMethod: redactMessage },
  };
}

/** Also where the message is left out, and pino takes the error's. */
function redactMessage(this: Logger, args: Parameters<LogFn>, method: LogFn): void {
  const [first, ...rest] = args as readonly unknown[];
  const fields = first instanceof Error ? { err: first } : first;
  const clean = [fields, ...rest].map((arg) => (typeof arg === 'string' ? redactText(arg) : arg));
  const error = typeof fields === 'object' && fields !== null && 'err' in fields ? fields.err : undefined;
  if (clean.length === 1 && error instanceof Error) clean.push(redactText(error.message));
  method.apply(this, clean as Parameters<LogFn>);
}
