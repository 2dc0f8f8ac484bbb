import { SagaError } from '../core/errors.js';
import type { RunningSagas } from './running-sagas.js';

/** A lane may have as many times the places that are still free. */
const SHARE = 9;

/**
 * Who may start a saga here. The places of the process are shared by lanes: a lane that floods leaves the more of them
 * free, the more lanes do the same, so that the first saga of another lane finds a place. A lane that is alone can use nine
 * tenths of them.
 */
export class Admission {
  readonly #places: number;
  readonly #running: RunningSagas;

  constructor(places: number, running: RunningSagas) {
    this.#places = places;
    this.#running = running;
  }

  /** How many sagas the process may take over now: they leave as many places free as a lane does that is alone. */
  get room(): number {
    return Math.max(0, Math.ceil((this.#places * SHARE) / (SHARE + 1)) - this.#running.size);
  }

  /** @throws SagaError TOO_MANY_SAGAS if a saga of this lane finds no place now. */
  admit(lane: string): void {
    const free = Math.max(0, this.#places - this.#running.size);
    const taken = this.#running.inLane(lane);
    if (free === 0) throw refused(`${this.#places} sagas are under way already`);
    if (taken < SHARE * free) return;
    throw refused(`${taken} sagas of ${lane} are under way already, and the last ${free} places are kept for others`);
  }
}

const refused = (why: string) =>
  new SagaError('TOO_MANY_SAGAS', `${why}; try again in a second`, { retryAfterMs: 1_000 });
