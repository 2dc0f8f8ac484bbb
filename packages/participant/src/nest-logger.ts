import type { LoggerService } from '@nestjs/common';
import type { createLogger } from '@saga-checkout/service';

/** Nest's own lines, through the service's logger. Nest passes the context ("RouterExplorer") as the last parameter. */
export function nestLogger(log: ReturnType<typeof createLogger>): LoggerService {
  const write =
    (level: 'debug' | 'info' | 'warn' | 'error' | 'fatal') =>
    (message: unknown, ...more: unknown[]) => {
      const fields = { context: more.at(-1), ...(message instanceof Error ? { err: message } : {}) };
      log[level](fields, message instanceof Error ? message.message : String(message));
    };
  // What Nest calls a log is what it does while starting: of interest to whoever debugs that.
  return {
    log: write('debug'),
    verbose: write('debug'),
    debug: write('debug'),
    warn: write('warn'),
    error: write('error'),
    fatal: write('fatal'),
  };
}
