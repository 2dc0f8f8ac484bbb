/** Whether a process runs, stalls (SIGSTOP, a long pause) or is dead: what it still does, does later, or never does. */
export class Life {
  /** Resolves when it dies. */
  readonly died: Promise<void>;
  #state: 'runs' | 'stalls' | 'dead' = 'runs';
  /** What a stalling process does as soon as it goes on. */
  readonly #held: (() => void)[] = [];
  #tellDeath: () => void = () => {};

  constructor() {
    this.died = new Promise((resolve) => {
      this.#tellDeath = resolve;
    });
  }

  get runs(): boolean {
    return this.#state === 'runs';
  }

  get isDead(): boolean {
    return this.#state === 'dead';
  }

  /** Does it now, when the process goes on, or never. */
  do(action: () => void): void {
    if (this.#state === 'runs') action();
    else if (this.#state === 'stalls') this.#held.push(action);
  }

  /** Resolves when the process runs; never, once it is dead. */
  goesOn(): Promise<void> {
    return new Promise((resolve) => this.do(resolve));
  }

  /** Ends it on the spot. */
  kill(): void {
    this.#state = 'dead';
    this.#held.length = 0;
    this.#tellDeath();
  }

  stall(): void {
    if (this.#state === 'runs') this.#state = 'stalls';
  }

  resume(): void {
    if (this.#state !== 'stalls') return;
    this.#state = 'runs';
    for (let action = this.#held.shift(); action !== undefined; action = this.#held.shift()) {
      action();
      if (!this.runs) return;
    }
  }
}
