import { Logger, type LoggerService } from '@nestjs/common';
import type { Log } from '../log.js';

/** A {@link Log} on Nest's own logger, for those who brought none. */
export function nestLog(context: string): Log {
  const logger = new Logger(context);
  const line = (fields: object, message: string) => `${message} ${JSON.stringify(fields, errorsAsText)}`;
  return {
    debug: (fields, message) => logger.debug(line(fields, message)),
    info: (fields, message) => logger.log(line(fields, message)),
    warn: (fields, message) => logger.warn(line(fields, message)),
    error: (fields, message) => logger.error(line(fields, message)),
  };
}

function errorsAsText(_key: string, value: unknown): unknown {
  return value instanceof Error ? value.message : value;
}

/**
 * golevelup's lines, all at debug: it reports each acknowledgement that a lost connection made impossible as an error
 * with a stack. What an operator has to know is said once, in our own words, where it happens.
 */
export function golevelupLog(log: Log): LoggerService {
  const write = (message: unknown) => log.debug({ from: 'golevelup' }, String(message));
  return { log: write, error: write, warn: write, debug: write, verbose: write, fatal: write };
}
