import { redactText } from './redact.js';
import { StartupError } from './startup-error.js';

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
