/** Ends all waits at once, when the process has to go: who waits is told what is known by then, and is not cut off. */
export class LastCall {
  readonly #waiting = new Set<() => void>();
  #isMade = false;

  get isMade(): boolean {
    return this.#isMade;
  }

  make(): void {
    this.#isMade = true;
    for (const wake of [...this.#waiting]) wake();
  }

  /** What the work gives, or undefined if the last call is made before. The work is not ended by it. */
  before<T>(work: Promise<T>): Promise<T | undefined> {
    if (this.#isMade) return Promise.resolve(undefined);
    return new Promise((resolve, reject) => {
      const wake = () => resolve(undefined);
      this.#waiting.add(wake);
      work.then(resolve, reject).finally(() => this.#waiting.delete(wake));
    });
  }
}
