import type { Outcome, Phase } from './command.js';

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
  | { readonly kind: 'cancelRequested'; readonly reason: string; readonly by?: string }
  /** A person: go on with the compensation that exhausted its attempts. */
  | { readonly kind: 'retry'; readonly reason?: string; readonly by?: string }
  /** A person: give up the compensation that exhausted its attempts, it was done by hand. */
  | { readonly kind: 'skip'; readonly step: string; readonly reason: string; readonly by?: string };
