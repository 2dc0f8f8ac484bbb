import type { Entry } from './journal.js';
import { type Step, stands } from './step.js';

/** What of the saga matters to its steps. */
interface Around {
  readonly failing: boolean;
}

/** From which steps an event may follow, and what it makes of them. */
interface Move {
  readonly from: (step: Step, around: Around) => boolean;
  readonly to: (step: Step, entry: Entry, around: Around) => void;
}

const running = ({ status, events }: Step) => status === 'RUNNING' && events === undefined;
const takesBack = ({ status }: Step) => status === 'COMPENSATING';

const send = (step: Step, [, , , attempt]: Entry) => {
  step.status = 'RUNNING';
  step.attempt = attempt ?? 1;
  step.retrying = false;
  step.takenBack = false;
};

const takeBack = (step: Step, [, , , attempt]: Entry) => {
  step.status = 'COMPENSATING';
  step.attempt = attempt ?? 1;
  step.undone = step.attempt;
};

/** The attempt failed: the next one is awaited, or the outcome stays unknown. */
const fail = (step: Step, [seq, , , , { retryAt }]: Entry) => {
  if (retryAt !== undefined) step.retrying = true;
  else {
    step.status = 'FAILED';
    step.doneSeq = seq;
  }
};

const skip = (step: Step) => {
  step.status = 'SKIPPED';
  step.attempt = null;
};

const MOVES: Readonly<Record<string, Move>> = {
  STEP_STARTED: { from: ({ status }) => status === 'PENDING', to: send },
  STEP_RETRIED: { from: running, to: send },
  STEP_COMPLETED: {
    from: ({ status }) => status === 'RUNNING',
    to: (step, [seq]) => {
      step.status = 'COMPLETED';
      step.doneSeq = seq;
    },
  },
  STEP_REFUSED: {
    // Of a step that is not even begun: its condition could not be found out.
    from: ({ status }) => status === 'RUNNING' || status === 'PENDING',
    to: (step) => {
      if (step.status === 'PENDING') step.attempt = 0;
      step.status = 'REFUSED';
    },
  },
  STEP_FAILED: { from: running, to: fail },
  STEP_TIMED_OUT: { from: ({ status }) => status === 'RUNNING', to: fail },
  STEP_SKIPPED: {
    from: ({ status, events }) => status === 'PENDING' || (status === 'RUNNING' && events !== undefined),
    to: skip,
  },
  STEP_SKIPPED_BY_OPERATOR: {
    from: ({ status }, { failing }) =>
      failing
        ? status === 'COMPENSATING' || status === 'COMPENSATION_FAILED'
        : status === 'PENDING' || status === 'RUNNING',
    to: (step, [seq]) => {
      if (running(step)) step.doneSeq = seq;
      if (step.status === 'COMPENSATING' || step.status === 'COMPENSATION_FAILED') step.settled = true;
      skip(step);
    },
  },
  EVENT_AWAITED: {
    from: ({ status }) => status === 'PENDING',
    to: (step, [, , , , { events }]) => {
      step.status = 'RUNNING';
      step.attempt = 1;
      step.events = events ?? [];
    },
  },
  COMPENSATION_STARTED: { from: stands, to: takeBack },
  COMPENSATION_SKIPPED: {
    from: stands,
    to: (step) => {
      step.kept = true;
    },
  },
  COMPENSATION_RETRIED: {
    from: ({ status }) => status === 'COMPENSATING' || status === 'COMPENSATION_FAILED',
    to: (step, entry) => {
      if (step.status === 'COMPENSATION_FAILED') step.again = undefined;
      takeBack(step, entry);
    },
  },
  COMPENSATION_FAILED: {
    from: takesBack,
    to: (step, [, , , , { retryAt }]) => {
      if (retryAt === undefined) step.status = 'COMPENSATION_FAILED';
    },
  },
  STEP_COMPENSATED: {
    from: takesBack,
    to: (step, _, { failing }) => {
      if (step.again === undefined || failing) step.status = 'COMPENSATED';
      else {
        step.status = 'RUNNING';
        step.attempt = step.again;
        step.again = undefined;
        step.takenBack = true;
      }
    },
  },
};

/** Of an attempt that failed, before the next one, while the saga goes forward. */
const IMMEDIATE: Move = {
  from: ({ status, retrying, takenBack }, { failing }) =>
    status === 'RUNNING' && retrying === true && !takenBack && !failing,
  to: (step, entry) => {
    const [, , , , { failure }] = entry;
    step.again = step.attempt ?? 1;
    step.failure = failure?.code;
    takeBack(step, entry);
  },
};

/** What the entry's event does to a step; undefined if it is no event of a step. */
export const moveOf = ([, event, , , { immediate }]: Entry): Move | undefined =>
  event === 'COMPENSATION_STARTED' && immediate ? IMMEDIATE : MOVES[event];
