import { commandId } from '../../core/command.js';
import type { LogEntry } from '../../core/log.js';
import type { SagaState } from '../../core/saga.js';
import type { SagaRecord } from '../../runtime/store.js';

/** A saga's row as it was last written, as far as the simulation needs it without asking the store. */
export interface Seen {
  readonly saga: SagaState;
  /** Epoch ms. */
  readonly dueAt: number | null;
  readonly owner: string | null;
}

/** What the journal has been told, by all processes. */
export class JournalWatch {
  readonly rows = new Map<string, Seen>();
  /** Ids of the sendings of commands that the journal knows of. */
  readonly #journaled = new Set<string>();
  /** Called after each change. */
  onChange: () => void = () => {};
  /** Called with what was written. */
  onWrite: (logs: readonly LogEntry[]) => void = () => {};
  /** Called when a process has taken sagas over. */
  onClaim: (owner: string) => void = () => {};

  wrote(seen: Seen, logs: readonly LogEntry[]): void {
    const { sagaId } = seen.saga;
    this.rows.set(sagaId, seen);
    for (const { event, step, attempt } of logs) {
      const phase = PHASES[event];
      if (phase !== undefined && step !== null) this.#journaled.add(commandId(sagaId, step, phase, attempt ?? 1));
    }
    this.onChange();
    this.onWrite(logs);
  }

  claimed(records: readonly SagaRecord[], dueAt: number): void {
    for (const { saga, owner } of records) this.rows.set(saga.sagaId, { saga, owner, dueAt });
    if (records.length === 0) return;
    this.onChange();
    this.onClaim(records[0]?.owner ?? '');
  }

  released(sagaIds: readonly string[], now: number): void {
    for (const sagaId of sagaIds) {
      const seen = this.rows.get(sagaId);
      if (seen !== undefined && seen.dueAt !== null) this.rows.set(sagaId, { ...seen, owner: null, dueAt: now });
    }
    if (sagaIds.length > 0) this.onChange();
  }

  /** Whether the command was asked for by a transition that the journal has. */
  knows(id: string): boolean {
    return this.#journaled.has(id);
  }
}

const PHASES: Partial<Record<LogEntry['event'], 'do' | 'undo'>> = {
  STEP_STARTED: 'do',
  STEP_RETRIED: 'do',
  COMPENSATION_STARTED: 'undo',
  COMPENSATION_RETRIED: 'undo',
};
