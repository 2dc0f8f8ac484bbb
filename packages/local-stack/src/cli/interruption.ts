import { StackError } from '../machine/stack-error.js';

/** Ctrl-C, or being asked to end: what is under way is finished, then everything is taken down. A second time: at once. */
export class Interruption {
  happened = false;
  private tell: () => void = () => {};
  private readonly told = new Promise<void>((resolve) => {
    this.tell = resolve;
  });

  constructor() {
    for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(name, () => this.interrupt());
  }

  /** Resolves when it happens. */
  wait(): Promise<void> {
    // Waiting for a signal alone does not keep a process alive.
    const alive = setInterval(() => {}, 60_000);
    return this.told.finally(() => clearInterval(alive));
  }

  /** Throws when it has happened: between two steps of a start. */
  check(): void {
    if (this.happened) throw new StackError('Interrupted.', 'start again');
  }

  private interrupt(): void {
    if (this.happened) {
      console.error('\n  Stopped at once, without waiting.');
      process.exit(130);
    }
    this.happened = true;
    console.log('\n  Stopping. (Once more: at once.)\n');
    this.tell();
  }
}
