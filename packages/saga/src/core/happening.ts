import type { Outcome, Phase } from './command.js';

/** A person, or a program in their name: what they want, why, and who they are. All of it is journaled. */
export interface Wish {
  readonly reason?: string;
  readonly by?: string;
}

/** What comes from outside, and may be asked of a saga at any time. */
export type ControlHappening =
  /** Take it back, once the outcome of what is under way is known. */
  | { readonly kind: 'cancelRequested'; readonly reason: string; readonly by?: string }
  /** Take it back now: what is under way counts as unknown. */
  | { readonly kind: 'compensate'; readonly reason: string; readonly by?: string }
  /** Go on with the compensation that exhausted its attempts, or with what waits for its next attempt. */
  | ({ readonly kind: 'retry' } & Wish)
  /** Give up this step: it was settled by hand. A forward step may be given the reply that later steps need. */
  | {
      readonly kind: 'skip';
      readonly step: string;
      readonly reason: string;
      readonly by?: string;
      readonly reply?: unknown;
    }
  /** Send nothing more until it is resumed. */
  | ({ readonly kind: 'pause' } & Wish)
  | ({ readonly kind: 'resume' } & Wish)
  /** What a step waits for, or will wait for. The same `id` again is the same event. */
  | {
      readonly kind: 'event';
      readonly event: string;
      readonly payload: unknown;
      readonly id?: string;
      readonly by?: string;
    };

/** Something that may change a saga. */
export type Happening =
  | {
      readonly kind: 'reply';
      readonly step: string;
      readonly phase: Phase;
      readonly attempt: number;
      readonly outcome: Outcome;
    }
  /** The due time has passed. */
  | { readonly kind: 'due' }
  /** Another process takes the saga over: whatever was sent may have been lost, and is sent again. */
  | { readonly kind: 'recovered' }
  | ControlHappening;
