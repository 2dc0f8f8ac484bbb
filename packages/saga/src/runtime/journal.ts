import { Batcher } from '#batching';
import type { OutgoingCommand } from '../core/command.js';
import type { SagaState } from '../core/saga.js';
import type { Transition } from '../core/transition.js';
import { type CrashPoint, noCrashPoint, type TurnBoundary, turnPoint } from './crash-points.js';
import type { Clock, CommandSender } from './ports.js';
import type { IdempotencyRecord, JournalWrite, SagaStore, WriteResult } from './store.js';

interface Entry {
  readonly write: JournalWrite;
  readonly commands: readonly OutgoingCommand[];
}

export interface JournalOptions {
  readonly store: SagaStore;
  readonly sender: CommandSender;
  readonly clock: Clock;
  readonly crashPoint?: CrashPoint;
}

/**
 * Commits transitions, and only then sends what they ask for. The transitions of all sagas that have something to record
 * share one statement, and the commands that follow leave together.
 */
export class Journal {
  readonly #options: JournalOptions;
  readonly #round: Batcher<Entry, WriteResult>;
  readonly #crashPoint: CrashPoint;

  constructor(options: JournalOptions) {
    this.#options = options;
    this.#crashPoint = options.crashPoint ?? noCrashPoint;
    this.#round = new Batcher((entries: readonly Entry[]) => this.#commit(entries), {
      // While the store is at work on one round, the next is made ready: with many sagas, both have something to do.
      lanes: 2,
      isItemError: (error) => options.store.isItemError(error),
    });
  }

  /**
   * Journals a new saga. Rejects with the store's error; whether the row was written is then not known. `owner`: who goes on
   * with it; null: whoever takes it over when it is due.
   */
  insert(
    transition: Transition,
    idempotency: IdempotencyRecord | undefined,
    owner: string | null,
  ): Promise<WriteResult> {
    const write = this.#writeOf(transition, 0, owner);
    return this.#push(transition, idempotency === undefined ? write : { ...write, idempotency });
  }

  /** Journals a transition from the state `before`, which the row holds at the revision; otherwise as `insert` does. */
  update(transition: Transition, before: SagaState, revision: number, owner: string | null): Promise<WriteResult> {
    return this.#push(transition, { ...this.#writeOf(transition, revision, owner), before });
  }

  #writeOf({ saga, logs, dueAt }: Transition, revision: number, owner: string | null): JournalWrite {
    const dueInMs = dueAt === null ? null : Math.max(0, dueAt - this.#options.clock.now());
    return { saga, logs, revision, owner, dueInMs };
  }

  #push({ commands }: Transition, write: JournalWrite): Promise<WriteResult> {
    return this.#round.push({ write, commands });
  }

  async #commit(entries: readonly Entry[]): Promise<readonly WriteResult[]> {
    const { store, sender } = this.#options;
    this.#reached('before-commit', entries);
    const results = await store.write(entries.map(({ write }) => write));
    this.#reached('after-commit', entries);
    const commands = entries.flatMap((entry, index) => (results[index] === 'written' ? entry.commands : []));
    if (commands.length > 0) sender.send(commands);
    this.#reached('after-send', entries);
    return results;
  }

  #reached(boundary: TurnBoundary, entries: readonly Entry[]): void {
    if (this.#crashPoint === noCrashPoint) return;
    for (const { write } of entries) for (const entry of write.logs) this.#crashPoint(turnPoint(boundary, entry));
  }
}
