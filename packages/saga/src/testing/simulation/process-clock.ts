import type { Clock } from '../../runtime/ports.js';
import type { Life } from './life.js';

/** The timers of one process: they end with it, and wait while it stalls. */
export class ProcessClock implements Clock {
  readonly #clock: Clock;
  readonly #life: Life;
  /** Called when a timer that does not repeat fires: it may set something going. */
  readonly #stir: () => void;
  readonly #timers = new Set<() => void>();

  constructor(clock: Clock, life: Life, stir: () => void) {
    this.#clock = clock;
    this.#life = life;
    this.#stir = stir;
    void life.died.then(() => this.#cancelAll());
  }

  now(): number {
    return this.#clock.now();
  }

  every(ms: number, callback: () => void): () => void {
    let held = false;
    const fire = () => {
      // However long the process stalls, a timer that repeats fires once when it goes on.
      if (held) return;
      held = true;
      this.#life.do(() => {
        held = false;
        callback();
      });
    };
    return this.#add(this.#clock.every(ms, fire));
  }

  after(ms: number, callback: () => void): () => void {
    const cancel = this.#add(
      this.#clock.after(ms, () => {
        cancel();
        this.#stir();
        this.#life.do(callback);
      }),
    );
    return cancel;
  }

  #add(stop: () => void): () => void {
    const cancel = () => {
      this.#timers.delete(cancel);
      stop();
    };
    this.#timers.add(cancel);
    return cancel;
  }

  #cancelAll(): void {
    for (const cancel of this.#timers) cancel();
  }
}
