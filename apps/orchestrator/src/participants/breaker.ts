import type { OutgoingCommand } from '@saga-checkout/saga';
import { AwaitedCommands } from './awaited-commands.js';

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
/** So many sagas in a row must be answered that their command failed: one that is poisoned fails as often as it is tried. */
export const FAILURES = 5;
/** … and for so long: one round that failed as a whole, or a database that changes its server, is over within that. In ms. */
export const FAILING_MS = 1_000;
/** A participant that is started again is back within that: nobody is sent away for it. In ms. */
export const NOBODY_MS = 1_000;
/** How far apart checkouts are let through to a participant that does not answer, or fails; in ms. */
export const PROBE_MS = 2_000;

/**
 * Whether one participant can do its work, by what is seen of it: its answers, commands that are not answered, and whether
 * anybody consumes its queue. Decides about new checkouts only: sagas under way go on asking, and what closes it again is the
 * first answer they get, the first action that succeeds, or the first consumer that comes back.
 */
export class Breaker {
  readonly #options: BreakerOptions;
  readonly #commands = new AwaitedCommands();
  #misses = 0;
  /** The sagas whose actions failed since one succeeded, as many as count; and since when. */
  readonly #failing = new Set<string>();
  #failingSince = 0;
  #state: BreakerState = 'closed';
  /** What it is open for. */
  #trouble: 'silent' | 'failing' | 'deserted' | undefined;
  /** Since when nobody consumes the queue. */
  #nobodySince: number | undefined;
  #probeAt = 0;

  constructor(options: BreakerOptions) {
    this.#options = options;
  }

  get state(): BreakerState {
    return this.#state;
  }

  /** Open since nobody consumes its queue: asking the broker again tells whether that is still so. */
  get isDeserted(): boolean {
    return this.#trouble === 'deserted';
  }

  sent({ id, sagaId, phase }: Pick<OutgoingCommand, 'id' | 'sagaId' | 'phase'>): void {
    this.#commands.add(id, { sagaId, phase, at: this.#options.now() });
  }

  /**
   * The participant has answered: that it failed, or anything else. Returns false if the command was not its own. Whether new
   * checkouts have a chance is told by actions alone: what was never done is undone also where nothing can be done.
   */
  answered(commandId: string, isFailure: boolean): boolean {
    const sent = this.#commands.settle(commandId);
    if (sent === undefined) return false;
    this.#misses = 0;
    if (sent.phase === 'undo') {
      if (this.#trouble === 'silent') this.#close('it answers again');
    } else if (isFailure) this.#fail(sent.sagaId);
    else this.#close('it answers again');
    return true;
  }

  /** The command, or the way to the participant, was broken: that says nothing about the participant. */
  forgotten(commandId: string): void {
    this.#commands.settle(commandId);
  }

  /** The broker found no queue for the command. */
  unroutable(commandId: string): void {
    if (this.#commands.has(commandId)) this.#desert('no queue takes its commands');
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
    else if (this.isDeserted) this.#close('whether its queue is consumed is not known');
  }

  /** Counts the commands whose time has passed. To be called a few times a second. */
  look(): void {
    const missed = this.#commands.miss(this.#options.now() - MISSED_MS);
    this.#misses += missed;
    if (missed > 0 && this.#misses >= MISSES)
      this.#open('silent', `${MISSES} commands in a row were not answered within ${MISSED_MS} ms`);
  }

  /** Whether a new checkout may begin. Changes nothing. */
  mayPass(): boolean {
    return this.#state === 'closed' || (!this.isDeserted && this.#options.now() >= this.#probeAt);
  }

  /** A new checkout begins: if the participant was in trouble, it is the one that shall find out. */
  pass(): void {
    if (this.#state === 'closed') return;
    this.#probeAt = this.#options.now() + PROBE_MS;
    this.#become('half-open', 'a checkout is let through to see how it answers');
  }

  #fail(sagaId: string): void {
    const now = this.#options.now();
    if (this.#failing.size === 0) this.#failingSince = now;
    if (this.#failing.size < FAILURES) this.#failing.add(sagaId);
    const isLasting = this.#failing.size >= FAILURES && now - this.#failingSince >= FAILING_MS;
    // Whoever was silent and now fails is not back.
    if (isLasting || this.#state !== 'closed')
      this.#open('failing', `the commands of ${FAILURES} sagas in a row failed, for ${FAILING_MS} ms or longer`);
  }

  #open(trouble: 'silent' | 'failing', why: string): void {
    if (this.isDeserted) return;
    if (this.#state === 'closed') this.#probeAt = this.#options.now() + PROBE_MS;
    this.#trouble = trouble;
    this.#become('open', why);
  }

  #desert(why: string): void {
    this.#trouble = 'deserted';
    this.#become('open', why);
  }

  #close(why: string): void {
    this.#trouble = undefined;
    this.#misses = 0;
    this.#failing.clear();
    this.#become('closed', why);
  }

  #become(state: BreakerState, why: string): void {
    if (this.#state === state) return;
    this.#state = state;
    this.#options.onChange?.(state, why);
  }
}
