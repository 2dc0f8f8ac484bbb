/** Where a step stands, as its journal tells it. */
export interface Step {
  status: string;
  /** The latest sending of its action; while it is taken back and afterwards, of its compensation. */
  attempt: number | null;
  /** The events one of which a running step waits for. */
  events?: readonly string[] | undefined;
  /** An attempt failed, and the next one is awaited. */
  retrying?: boolean;
  /** That attempt has been taken back. */
  takenBack?: boolean;
  /** The attempt after which it goes on once it is taken back. */
  again?: number | undefined;
  /** Why that attempt failed: its code. */
  failure?: string | undefined;
  /** How often its compensation was sent. */
  undone: number;
  /** The entry by which it was done, or may have been. */
  doneSeq?: number;
  /** A person has seen to its compensation. */
  settled?: boolean;
  /** It needs no compensation. */
  kept?: boolean;
}

export const pending = (): Step => ({ status: 'PENDING', attempt: null, undone: 0 });

export const isOver = (step: Step | undefined): boolean => step?.status === 'COMPLETED' || step?.status === 'SKIPPED';

export const isAtWork = ({ status }: Step): boolean => status === 'RUNNING' || status === 'COMPENSATING';

/** Whether what it did, or may have done, stands. */
export function stands({ status, doneSeq, settled, kept }: Step): boolean {
  if (doneSeq === undefined || settled || kept) return false;
  return status === 'COMPLETED' || status === 'FAILED' || status === 'SKIPPED';
}
