/** `half-open`: one checkout has been let through to see whether the participant answers again. */
export type BreakerState = 'closed' | 'open' | 'half-open';

export interface BreakerOptions {
  readonly now: () => number;
  /** Told of every change, with what the participant does or does not do. */
  readonly onChange?: (state: BreakerState, why: string) => void;
}

/** A command that is not answered for so long is missed; above what a payment provider may take (3 s). In ms. */
export const MISSED_MS = 4_000;
/** So many commands in a row must be missed, with no answer between them. */
export const MISSES = 5;
/** A participant that is started again is back within that: nobody is sent away for it. In ms. */
export const NOBODY_MS = 1_000;
/** How far apart checkouts are let through to a participant that does not answer; in ms. */
export const PROBE_MS = 2_000;
/** How many missed commands are remembered, so that a late answer is known for one. */
const LATE = 1_000;

/**
 * Whether one participant is there, by what is seen of it: its answers, commands that are not answered, and whether anybody
 * consumes its queue. Decides about new checkouts only: sagas under way go on asking, and the first answer they get, or the
 * first consumer that comes back, closes it again.
 */
export class Breaker {
  readonly #options: BreakerOptions;
  /** When each command was sent that awaits its answer; the oldest is the first. */
  readonly #awaited = new Map<string, number>();
  readonly #late = new Set<string>();
  #misses = 0;
  #state: BreakerState = 'closed';
  /** Since when nobody consumes the queue. */
  #nobodySince: number | undefined;
  /** Open because of that: no checkout needs to find out. */
  #isDeserted = false;
  #probeAt = 0;

  constructor(options: BreakerOptions) {
    this.#options = options;
  }

  get state(): BreakerState {
    return this.#state;
  }

  /** Open since nobody consumes its queue: asking the broker again tells whether that is still so. */
  get isDeserted(): boolean {
    return this.#isDeserted;
  }

  sent(commandId: string): void {
    this.#awaited.set(commandId, this.#options.now());
  }

  /** The participant has answered, whatever it said. False if the command was not its own. */
  answered(commandId: string): boolean {
    if (!this.#awaited.delete(commandId) && !this.#late.delete(commandId)) return false;
    this.#misses = 0;
    this.#close('it answers again');
    return true;
  }

  /** The broker or the way to it failed: that says nothing about the participant. */
  forgotten(commandId: string): void {
    this.#awaited.delete(commandId);
    this.#late.delete(commandId);
  }

  /** The broker found no queue for the command. */
  unroutable(commandId: string): void {
    if (this.#awaited.has(commandId)) this.#desert('no queue takes its commands');
    this.forgotten(commandId);
  }

  /** How many consume the participant's queue; undefined if nobody could say. */
  consumers(count: number | undefined): void {
    const now = this.#options.now();
    if (count === 0) {
      this.#nobodySince ??= now;
      if (now - this.#nobodySince >= NOBODY_MS) this.#desert('nobody consumes its queue');
      return;
    }
    const hasComeBack = count !== undefined && this.#nobodySince !== undefined;
    this.#nobodySince = undefined;
    if (hasComeBack) this.#close('its queue is consumed again');
    // While the broker cannot be asked, checkouts are refused for that.
    else if (this.#isDeserted) this.#close('whether its queue is consumed is not known');
  }

  /** Counts the commands whose time has passed. To be called a few times a second. */
  look(): void {
    const before = this.#options.now() - MISSED_MS;
    for (const [commandId, sentAt] of this.#awaited) {
      if (sentAt > before) break;
      this.#awaited.delete(commandId);
      this.#miss(commandId);
    }
  }

  /** Whether a new checkout may begin. Changes nothing. */
  mayPass(): boolean {
    return this.#state === 'closed' || (!this.#isDeserted && this.#options.now() >= this.#probeAt);
  }

  /** A new checkout begins: if the participant does not answer, it is the one that shall find out. */
  pass(): void {
    if (this.#state === 'closed') return;
    this.#probeAt = this.#options.now() + PROBE_MS;
    this.#become('half-open', 'a checkout is let through to see whether it answers');
  }

  #miss(commandId: string): void {
    this.#late.add(commandId);
    if (this.#late.size > LATE) this.#late.delete(this.#late.values().next().value ?? '');
    this.#misses += 1;
    if (this.#misses < MISSES) return;
    if (this.#state === 'closed') this.#probeAt = this.#options.now() + PROBE_MS;
    if (!this.#isDeserted) this.#become('open', `${MISSES} commands in a row were not answered within ${MISSED_MS} ms`);
  }

  #desert(why: string): void {
    this.#isDeserted = true;
    this.#become('open', why);
  }

  #close(why: string): void {
    this.#isDeserted = false;
    this.#misses = 0;
    this.#become('closed', why);
  }

  #become(state: BreakerState, why: string): void {
    if (this.#state === state) return;
    this.#state = state;
    this.#options.onChange?.(state, why);
  }
}
