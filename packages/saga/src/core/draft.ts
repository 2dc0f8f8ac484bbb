import type { LocalCall, OutgoingCommand } from './command.js';
import type { SagaDefinition } from './definition.js';
import { evolve } from './evolve.js';
import type { LogData, LogEntry, LogEvent } from './log.js';
import type { SagaState } from './saga.js';

/** A transition under construction: entries are added one by one, and the state follows each. */
export class Draft {
  readonly definition: SagaDefinition;
  readonly now: number;
  saga: SagaState;
  readonly logs: LogEntry[] = [];
  readonly commands: OutgoingCommand[] = [];
  readonly calls: LocalCall[] = [];
  /** Why the happening does not apply, if it does not. */
  ignored?: string;

  constructor(definition: SagaDefinition, saga: SagaState, now: number) {
    this.definition = definition;
    this.saga = saga;
    this.now = now;
  }

  add<E extends LogEvent>(event: E, data: LogData[E], step: string | null = null, attempt: number | null = null): void {
    const entry = { seq: this.saga.logSeq + 1, event, step, attempt, data, at: this.now } as LogEntry;
    this.saga = evolve(this.saga, entry);
    this.logs.push(entry);
  }
}
