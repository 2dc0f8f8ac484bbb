import type { Action, Disturbance, Point, PointKind } from './disturbance.js';

/** Called at each point, with what is done there. */
type OnPoint = (name: string, action: Action | undefined) => void;

/** The points that a run comes by, and where it is to be disturbed. */
export class Course {
  /** Those after the last disturbance. */
  readonly points: Point[] = [];
  readonly #disturbances: readonly Disturbance[];
  readonly #onPoint: OnPoint;
  readonly #times = new Map<string, number>();
  #done = 0;

  constructor(disturbances: readonly Disturbance[], onPoint: OnPoint) {
    this.#disturbances = disturbances;
    this.#onPoint = onPoint;
  }

  /** The disturbance that the run has not come by; undefined if it has come by all. */
  get missed(): Disturbance | undefined {
    return this.#disturbances[this.#done];
  }

  /** What is to go wrong here. */
  reach(kinds: readonly PointKind[], what: string): Action | undefined {
    const time = (this.#times.get(what) ?? 0) + 1;
    this.#times.set(what, time);
    const name = time === 1 ? what : `${what} #${time}`;
    const action = this.missed?.at === name ? this.missed.action : undefined;
    if (action !== undefined) this.#done++;
    else if (this.missed === undefined) this.points.push({ kinds, name });
    this.#onPoint(name, action);
    return action;
  }
}
