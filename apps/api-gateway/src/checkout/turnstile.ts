import { HttpProblem } from '../problem.js';

/** One for all who are refused: an error of its own for each would cost more than the rest of the refusal. */
const FULL = new HttpProblem('ORCHESTRATOR_FULL', 'Nothing was started. Try again in 1 s.', {
  headers: { 'retry-after': '1' },
  isRoutine: true,
});

/**
 * How many checkouts are handed over to orchestrators at a time. Whoever comes while it is full is refused before anything is
 * read or asked: that is what keeps refusing cheap, and those who were let in fast.
 */
export class Turnstile {
  readonly #places: number;
  #taken = 0;

  constructor(places: number) {
    this.#places = places;
  }

  /** @throws HttpProblem ORCHESTRATOR_FULL */
  check(): void {
    if (this.#taken < this.#places) return;
    throw FULL;
  }

  /** Holds a place until the work is done. @throws HttpProblem ORCHESTRATOR_FULL */
  async hold<T>(work: () => Promise<T>): Promise<T> {
    this.check();
    this.#taken += 1;
    try {
      return await work();
    } finally {
      this.#taken -= 1;
    }
  }
}
