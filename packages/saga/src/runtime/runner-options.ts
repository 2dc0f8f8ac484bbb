import type { LocalCall } from '../core/command.js';
import type { SagaDefinition } from '../core/definition.js';
import type { SagaState } from '../core/saga.js';
import type { Transition } from '../core/transition.js';
import type { Journal } from './journal.js';
import type { NamesakeWatch } from './namesake.js';
import type { Clock, EngineLog } from './ports.js';
import type { RunningSaga } from './running-saga.js';
import type { RunningSagas } from './running-sagas.js';
import type { SagaStore } from './store.js';

/** What a process did to a saga, and the journal has. */
export interface Recorded {
  readonly running: RunningSaga;
  /** The state before; undefined: it is new. */
  readonly before: SagaState | undefined;
  readonly logs: Transition['logs'];
}

export interface RunnerOptions {
  readonly definitions: ReadonlyMap<string, SagaDefinition>;
  readonly store: SagaStore;
  readonly journal: Journal;
  readonly running: RunningSagas;
  readonly namesakes: NamesakeWatch;
  readonly clock: Clock;
  readonly log: EngineLog;
  readonly owner: string;
  /** Whether commands can be sent: nobody knocks on a closed door, each attempt would make the next wait longer. */
  readonly isOpen: () => boolean;
  readonly onRecorded: (recorded: Recorded) => void;
  /** Local functions are to be run. */
  readonly onCalls: (calls: readonly LocalCall[]) => void;
  /** Taken over by this process. */
  readonly onTaken: (saga: SagaState) => void;
  readonly onEnd: (saga: SagaState) => void;
}
