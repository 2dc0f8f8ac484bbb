/** Steps of a chain of promises that follow a timer without anything being set going. */
const SHORT_CHAIN = 12;
/** Turns of the event loop without a stir after which all is at rest: one gathers a journal round, the next one sees it. */
const CALM_TURNS = 2;
/** Nothing waits for its turn longer than so many moments at which nothing seems to have been set going. */
const MOST_MOMENTS = 64;
/** How many turns somebody's function may take; one that takes longer waits for something that is not simulated. */
const PATIENT_TURNS = 500;

/** Knows when everything that was set going has come to rest, so that time may pass. */
export class Calm {
  #stirred = true;
  #moments = 0;
  readonly #underWay = new Set<Promise<unknown>>();

  /** Something happens: what follows from it is waited for. */
  stir(): void {
    this.#stirred = true;
  }

  /** Somebody's function is under way: it is waited for. */
  track<T>(work: Promise<T>): Promise<T> {
    this.#underWay.add(work);
    const done = () => {
      this.#underWay.delete(work);
      this.stir();
    };
    work.then(done, done);
    return work;
  }

  /** Resolves when all is at rest. */
  async settle(): Promise<void> {
    for (let step = 0; step < SHORT_CHAIN; step++) await null;
    const nothing = !this.#stirred && this.#underWay.size === 0;
    if (nothing && ++this.#moments < MOST_MOMENTS) return;
    this.#moments = 0;
    for (let [turn, calm] = [0, 0]; calm < CALM_TURNS; turn++) {
      if (turn > PATIENT_TURNS) this.#underWay.clear();
      this.#stirred = false;
      await new Promise((resolve) => setImmediate(resolve));
      calm = this.#stirred || this.#underWay.size > 0 ? 0 : calm + 1;
    }
  }
}
