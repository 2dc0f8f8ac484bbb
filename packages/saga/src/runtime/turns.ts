import { hasEnded } from '../core/saga.js';
import { type Transition, transition } from '../core/transition.js';
import { isDormant } from './dormant.js';
import type { Journal } from './journal.js';
import type { Clock, EngineLog } from './ports.js';
import type { Mail, RunningSaga } from './running-saga.js';
import { withoutData } from './unrecordable.js';

export interface TurnsOptions {
  readonly journal: Journal;
  readonly clock: Clock;
  readonly log: EngineLog;
  readonly owner: string;
  /** Whether an error of the journal may be the fault of this one saga. */
  readonly isItemError: (error: unknown) => boolean;
  /** Whether this process has let go of it while a turn of it was being journaled. */
  readonly isLetGo: (running: RunningSaga) => boolean;
  /** The journal has it. */
  readonly onCommitted: (running: RunningSaga, next: Transition, before: RunningSaga['saga'] | undefined) => void;
  /** It was journaled after the process had let go of it. */
  readonly onOrphan: (running: RunningSaga) => Promise<void>;
  /** The row has moved on. */
  readonly onLost: (running: RunningSaga, mail: Mail) => Promise<void>;
  /** The journal will never have it; `reason` if it is the saga's own fault. */
  readonly onHopeless: (running: RunningSaga, error: unknown, reason?: string) => void;
  /** No happening waits any more. */
  readonly onIdle: (running: RunningSaga) => void;
}

/** Applies the happenings of each saga one after the other, each journaled before the next. */
export class Turns {
  readonly #options: TurnsOptions;

  constructor(options: TurnsOptions) {
    this.#options = options;
  }

  post(running: RunningSaga, mail: Mail): void {
    running.mailbox.push(mail);
    if (!running.busy) void this.proceed(running);
  }

  /** Applies what waits. Never rejects. */
  async proceed(running: RunningSaga): Promise<void> {
    running.busy = true;
    for (let mail = running.mailbox.shift(); mail !== undefined; mail = running.mailbox.shift()) {
      if (mail.isWithdrawn?.()) continue;
      if (!(await this.#apply(running, mail))) return;
    }
    running.busy = false;
    this.#options.onIdle(running);
  }

  /** The journal has the transition: the saga is in that state now. */
  committed(running: RunningSaga, next: Transition, revision: number): void {
    const { clock, onCommitted } = this.#options;
    const before = running.revision === 0 ? undefined : running.saga;
    const { saga, commands, calls, dueAt } = next;
    running.saga = saga;
    running.revision = revision;
    running.failedWrites = 0;
    // What was just sent has its full time to be answered, however long the commit took.
    const tookMs = commands.length + calls.length === 0 ? 0 : Math.max(0, clock.now() - saga.updatedAt);
    running.dueAt = dueAt === null ? null : dueAt + tookMs;
    onCommitted(running, next, before);
  }

  /** Whether this process still holds the saga afterwards. */
  async #apply(running: RunningSaga, mail: Mail): Promise<boolean> {
    const { kind } = mail.happening;
    const next = transition(running.definition, running.saga, mail.happening, this.#options.clock.now());
    if (next.ignored !== undefined) {
      this.#options.log.info({ sagaId: next.saga.sagaId, kind }, `ignored: ${next.ignored}`);
      mail.settle?.({ outcome: 'ignored', reason: next.ignored });
    }
    // A saga that was taken over gets its own due time back, instead of that of the claim.
    const replacesClaim = kind === 'recovered' && !hasEnded(next.saga);
    if (next.logs.length > 0 || replacesClaim) return this.#commit(running, mail, next);
    running.dueAt = next.dueAt;
    return true;
  }

  async #commit(running: RunningSaga, mail: Mail, next: Transition): Promise<boolean> {
    const { journal, owner, clock, isLetGo, onLost, onOrphan } = this.#options;
    if (next.commands.length + next.calls.length > 0) running.guestOf = undefined;
    running.dormant = isDormant(next, clock.now());
    try {
      const goesOn = running.dormant ? null : (running.guestOf ?? owner);
      const result = await journal.update(next, running.saga, running.revision, goesOn);
      if (result === 'lost') {
        await onLost(running, mail);
        return false;
      }
    } catch (error) {
      return this.#notWritten(running, mail, error);
    }
    this.committed(running, next, running.revision + 1);
    mail.settle?.({ outcome: 'applied', saga: next.saga });
    if (!isLetGo(running) || running.guestOf !== undefined || running.dormant) return true;
    await onOrphan(running);
    return false;
  }

  async #notWritten(running: RunningSaga, mail: Mail, error: unknown): Promise<boolean> {
    const { log, isItemError, isLetGo, onHopeless } = this.#options;
    const { sagaId } = running.saga;
    if (isItemError(error)) {
      const plain = withoutData(mail.happening, error);
      if (plain !== undefined) {
        log.warn({ err: error, sagaId }, 'the journal cannot keep a reply; going on without its data');
        running.mailbox.unshift({ ...mail, happening: plain });
        return true;
      }
      onHopeless(running, error, 'the journal refuses it');
    } else if (!isLetGo(running)) {
      await this.#pause(running, error);
      // As a new transition: the time that has gone by meanwhile must not count against the steps.
      running.mailbox.unshift(mail);
      return true;
    } else {
      log.warn({ err: error, sagaId }, 'the journal could not be reached before the process stopped');
      onHopeless(running, error);
    }
    for (const { settle } of [mail, ...running.mailbox]) settle?.({ outcome: 'failed', error });
    return false;
  }

  /** Waits before the next attempt to write, longer each time. */
  async #pause(running: RunningSaga, error: unknown): Promise<void> {
    const { log, clock } = this.#options;
    const attempt = ++running.failedWrites;
    if (attempt === 1) log.warn({ err: error, sagaId: running.saga.sagaId }, 'journal write failed; trying again');
    await new Promise<void>((resolve) => clock.after(Math.min(1_000, 25 * 2 ** attempt), resolve));
  }
}
