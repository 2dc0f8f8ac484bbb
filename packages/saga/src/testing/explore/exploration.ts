/** What was explored. */
export interface Exploration {
  readonly scenarios: number;
  /** Moments of the undisturbed runs at which a process died or stalled, or the saga was cancelled. */
  readonly boundaries: number;
  /** Messages of the undisturbed runs that were lost, repeated, delayed. */
  readonly messages: number;
  /** Pairs of disturbances that were run. */
  readonly pairs: number;
  /** How many pairs there are; if that is more, those that were run were drawn. */
  readonly pairsInAll: number;
  readonly runs: number;
  /** How many runs ended how: by status, with the failure's code. */
  readonly outcomes: Readonly<Record<string, number>>;
  readonly tookMs: number;
  /** All of it in one line. */
  readonly summary: string;
}

/** Counts what is explored. */
export class Tally {
  boundaries = 0;
  messages = 0;
  runs = 0;
  readonly #outcomes = new Map<string, number>();
  readonly #startedAt = Date.now();

  ran(outcome: string): void {
    this.runs++;
    this.#outcomes.set(outcome, (this.#outcomes.get(outcome) ?? 0) + 1);
  }

  result(type: string, scenarios: number, pairs: number, pairsInAll: number): Exploration {
    const { boundaries, messages, runs } = this;
    const outcomes = Object.fromEntries([...this.#outcomes].sort(([, one], [, other]) => other - one));
    const tookMs = Date.now() - this.#startedAt;
    const drawn = pairs < pairsInAll ? ` drawn from ${pairsInAll}` : '';
    const summary =
      `${type}: ${runs} runs in ${(tookMs / 1_000).toFixed(1)} s (${scenarios} scenarios, ${boundaries} boundaries, ` +
      `${messages} messages, ${pairs} pairs${drawn}): ` +
      Object.entries(outcomes)
        .map(([outcome, count]) => `${count} ${outcome}`)
        .join(', ');
    return { scenarios, boundaries, messages, pairs, pairsInAll, runs, outcomes, tookMs, summary };
  }
}
