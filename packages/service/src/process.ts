import type { Logger } from 'pino';
import { redactText } from './redact.js';
import { StartupError } from './startup-error.js';

/** What {@link onShutdown} needs of a logger. */
export type ShutdownLog = Pick<Logger, 'info' | 'warn' | 'error'>;

/**
 * Runs `steps` once, at the first SIGTERM or SIGINT, and exits: with 0 when they are done, with 1 when they fail or
 * take longer than `timeoutMs`. A second signal exits at once.
 */
export function onShutdown(
  log: ShutdownLog,
  steps: () => Promise<void>,
  { timeoutMs = 10_000 }: { timeoutMs?: number } = {},
): void {
  let stopping = false;
  const stop = (signal: NodeJS.Signals) => {
    if (stopping) {
      log.warn(`${signal} again: exiting at once`);
      process.exit(1);
    }
    stopping = true;
    log.info(`${signal}: finishing what is under way, for at most ${timeoutMs / 1000} s`);
    setTimeout(() => {
      log.error(`still not finished after ${timeoutMs / 1000} s: exiting anyway; what is left is taken up again later`);
      process.exit(1);
    }, timeoutMs).unref();
    steps().then(
      () => {
        log.info('stopped');
        process.exit(0);
      },
      (error: unknown) => {
        log.error({ err: error }, 'shutting down failed; exiting anyway');
        process.exit(1);
      },
    );
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
}

/**
 * Runs a service's `main`. A {@link StartupError} ends the process with two lines, what is wrong and what to do; any
 * other error, also one that nobody handled later on, is written as one JSON line with its stack. Both exit with 1.
 */
export function runMain(main: () => Promise<void>): void {
  process.on('unhandledRejection', (reason) => die('a promise was rejected and nobody handled it', reason));
  process.on('uncaughtException', (error) => die('an error was thrown and nobody caught it', error));
  main().catch((error: unknown) => die('the service could not start', error));
}

/** Straight to standard error, without a logger: a transport that writes in another thread would lose the last line. */
function die(what: string, error: unknown): never {
  if (error instanceof StartupError)
    process.stderr.write(`${redactText(`${error.message}\nTo fix it: ${error.cure}`)}\n`);
  else {
    const stack = error instanceof Error ? (error.stack ?? error.message) : String(error);
    const line = { level: 60, time: new Date().toISOString(), pid: process.pid, msg: what, stack: redactText(stack) };
    process.stderr.write(`${JSON.stringify(line)}\n`);
  }
  process.exit(1);
}
