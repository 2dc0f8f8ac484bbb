/**
 * A service can't start, and a person has to do something about it. Shown as two lines, without a stack trace: what is
 * wrong, and what to do.
 */
export class StartupError extends Error {
  readonly cure: string;
  constructor(cause: string, cure: string) {
    super(cause);
    this.name = 'StartupError';
    this.cure = cure;
  }
}
