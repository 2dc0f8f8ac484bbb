import type { RunningSaga } from './running-saga.js';

/** The sagas in this process's memory, by id, and how many of each lane there are. */
export class RunningSagas {
  readonly #byId = new Map<string, RunningSaga>();
  readonly #lanes = new Map<string, number>();

  get size(): number {
    return this.#byId.size;
  }

  has(sagaId: string): boolean {
    return this.#byId.has(sagaId);
  }

  get(sagaId: string): RunningSaga | undefined {
    return this.#byId.get(sagaId);
  }

  /** Whether this very copy is held. */
  holds(running: RunningSaga): boolean {
    return this.#byId.get(running.saga.sagaId) === running;
  }

  /** How many sagas of the lane are here. */
  inLane(lane: string): number {
    return this.#lanes.get(lane) ?? 0;
  }

  all(): RunningSaga[] {
    return [...this.#byId.values()];
  }

  /** Holds a copy, instead of an earlier one of the same saga. */
  add(running: RunningSaga): void {
    const earlier = this.#byId.get(running.saga.sagaId);
    if (earlier !== undefined) this.remove(earlier);
    this.#byId.set(running.saga.sagaId, running);
    this.#lanes.set(running.lane, this.inLane(running.lane) + 1);
  }

  /** Drops the copy, if it is held. */
  remove(running: RunningSaga): void {
    if (!this.holds(running)) return;
    this.#byId.delete(running.saga.sagaId);
    const left = this.inLane(running.lane) - 1;
    if (left === 0) this.#lanes.delete(running.lane);
    else this.#lanes.set(running.lane, left);
  }
}
