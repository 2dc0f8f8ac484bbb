import { HttpProblem } from '../problem.js';
import { comeBackIn } from './retry-after.js';

const fullFor = (seconds: number): HttpProblem =>
  new HttpProblem('ORCHESTRATOR_FULL', `Nothing was started. Try again in ${seconds} s.`, {
    headers: { 'retry-after': String(seconds) },
    isRoutine: true,
  });

/** Made once, by their seconds: an error of its own for each who is refused would cost more than the rest of the refusal. */
const FULL = [0, 1, 2, 3].map(fullFor);
/** For how long an orchestrator is believed that it is full, in ms. Of hundreds of sagas, few end in that time. */
export const BELIEVED_MS = 50;

/**
 * How many checkouts are handed over to orchestrators at a time, and whether they have room for more: sagas that nobody waits
 * for hold no place here. Whoever comes while it is closed is refused before anything is read or asked: that is what keeps
 * refusing cheap, and those who were let in fast.
 */
export class Turnstile {
  readonly #places: number;
  readonly #now: () => number;
  #taken = 0;
  #closedUntil = 0;

  constructor(places: number, now: () => number = () => performance.now()) {
    this.#places = places;
    this.#now = now;
  }

  /** @throws HttpProblem ORCHESTRATOR_FULL */
  check(): void {
    if (this.#taken < this.#places && this.#now() >= this.#closedUntil) return;
    throw FULL[comeBackIn(1)];
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

  /** All orchestrators have said that they are full: for a moment nobody else asks them. */
  closeBriefly(): void {
    this.#closedUntil = this.#now() + BELIEVED_MS;
  }
}
