import { Batcher } from '@saga-checkout/batching';
import type { OutgoingCommand } from '../core/command.js';
import type { Transition } from '../core/transition.js';
import { type CrashPoint, noCrashPoint } from './crash-points.js';
import type { Clock, CommandSender, EngineLog } from './ports.js';
import type { IdempotencyRecord, JournalWrite, SagaStore, WriteResult } from './store.js';

interface Entry {
  readonly write: JournalWrite;
  readonly commands: readonly OutgoingCommand[];
}

export interface JournalOptions {
  readonly store: SagaStore;
  readonly sender: CommandSender;
  readonly owner: string;
  readonly clock: Clock;
  readonly log: EngineLog;
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
      isItemError: (error) => options.store.isItemError(error),
    });
  }

  /** Journals a new saga. Rejects if the store cannot be reached; whether the row was written is then not known. */
  insert(transition: Transition, idempotency: IdempotencyRecord | undefined): Promise<WriteResult> {
    const write = this.#writeOf(transition, 0, this.#options.owner);
    return this.#push(transition, idempotency === undefined ? write : { ...write, idempotency });
  }

  /**
   * Journals a transition; while the store cannot be reached, tries again. Rejects with the store's error once `giveUp`
   * says so, and at once if this very saga is to blame for it. `owner`: who goes on with the saga, if not this process.
   */
  async update(
    transition: Transition,
    revision: number,
    giveUp: () => boolean,
    owner = this.#options.owner,
  ): Promise<WriteResult> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.#push(transition, this.#writeOf(transition, revision, owner));
      } catch (error) {
        if (giveUp() || this.#options.store.isItemError(error)) throw error;
        if (attempt === 1)
          this.#options.log.warn({ err: error, sagaId: transition.saga.sagaId }, 'journal write failed; trying again');
        const delayMs = Math.min(1_000, 25 * 2 ** attempt);
        await new Promise<void>((resolve) => this.#options.clock.after(delayMs, resolve));
      }
    }
  }

  #writeOf({ saga, logs, dueAt }: Transition, revision: number, owner: string): JournalWrite {
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

  #reached(boundary: string, entries: readonly Entry[]): void {
    if (this.#crashPoint === noCrashPoint) return;
    for (const { write } of entries) {
      for (const { event, step } of write.logs) this.#crashPoint(`orchestrator:${boundary}:${step ?? event}`);
    }
  }
}
