import { type Outcome, parseCommandId } from '../core/command.js';
import { misfit, type SagaDefinition } from '../core/definition.js';
import type { Happening } from '../core/happening.js';
import { hasEnded, type SagaState } from '../core/saga.js';
import { type Transition, transition } from '../core/transition.js';
import type { Events } from './events.js';
import type { Journal } from './journal.js';
import type { Clock, EngineLog } from './ports.js';
import { type Mail, RunningSaga, type Settled } from './running-saga.js';
import type { Claim, SagaRecord, SagaStore } from './store.js';
import { withoutData } from './unrecordable.js';

export interface RunnerOptions {
  readonly definitions: ReadonlyMap<string, SagaDefinition>;
  readonly store: SagaStore;
  readonly journal: Journal;
  readonly events: Events;
  readonly clock: Clock;
  readonly log: EngineLog;
  readonly owner: string;
  readonly onEnd: (saga: SagaState) => void;
}

/** The sagas that this process is at work on. Each takes one happening after the other, each journaled before the next. */
export class Runner {
  readonly #options: RunnerOptions;
  readonly #running = new Map<string, RunningSaga>();
  /** Sagas that this process cannot go on with, whatever it does. */
  readonly #leftAlone = new Set<string>();
  #stopping = false;

  constructor(options: RunnerOptions) {
    this.#options = options;
  }

  get size(): number {
    return this.#running.size;
  }

  has(sagaId: string): boolean {
    return this.#running.has(sagaId);
  }

  someAwaitReplies(): boolean {
    return [...this.#running.values()].some((running) => running.awaitsReply());
  }

  /** Sagas that a sweep of this process must not take: for overdue ones only those that it is about to look at itself. */
  held(which: Claim['which']): string[] {
    const now = this.#options.clock.now();
    const held = [...this.#leftAlone];
    for (const { dueAt, busy, saga } of this.#running.values())
      if (which === 'own' || busy || (dueAt !== null && dueAt <= now)) held.push(saga.sagaId);
    return held;
  }

  /** Makes room for a new saga that is about to be journaled; happenings wait until it is. */
  begin(definition: SagaDefinition, saga: SagaState): RunningSaga {
    const running = new RunningSaga(definition, saga, 0);
    running.busy = true;
    this.#running.set(saga.sagaId, running);
    return running;
  }

  /** Sets the new saga going, once it is journaled. */
  begun(running: RunningSaga, first: Transition): void {
    this.#committed(running, first, 1);
    void this.#proceed(running);
  }

  /** Drops a copy. */
  forget(running: RunningSaga): void {
    if (this.#running.get(running.saga.sagaId) === running) this.#running.delete(running.saga.sagaId);
  }

  onReply(id: string, outcome: Outcome): void {
    const parts = parseCommandId(id);
    const running = parts && this.#running.get(parts.sagaId);
    if (running === undefined) {
      this.#options.log.info({ commandId: id, outcome: outcome.outcome }, 'late reply: no saga here waits for it');
      return;
    }
    const { step, phase, attempt } = parts as NonNullable<typeof parts>;
    this.#post(running, { happening: { kind: 'reply', step, phase, attempt, outcome } });
  }

  /** Looks after sagas whose due time has passed. */
  tick(): void {
    const now = this.#options.clock.now();
    for (const running of this.#running.values())
      if (running.isDue(now)) this.#post(running, { happening: { kind: 'due' } });
  }

  /** Goes on with a saga whose former holder is gone. */
  take(record: SagaRecord): void {
    const { saga, revision } = record;
    if (this.#running.has(saga.sagaId)) return;
    if (this.#stopping) return void this.#release([{ sagaId: saga.sagaId, revision }]);
    const definition = this.#options.definitions.get(keyOf(saga));
    const reason = definition === undefined ? 'there is no definition of it' : misfit(definition, saga);
    if (definition === undefined || reason !== undefined) return this.#leaveAlone(saga, reason ?? '');
    this.#goOn(definition, record, [{ happening: { kind: 'recovered' } }]);
  }

  /** Has a happening applied that comes from outside, to the saga as the record has it or later. */
  ask(definition: SagaDefinition, record: SagaRecord, happening: Happening): Promise<Settled> {
    return new Promise((settle) => {
      const here = this.#running.get(record.saga.sagaId);
      const mail: Mail = { happening, settle };
      if (here !== undefined && here.revision >= record.revision) this.#post(here, mail);
      else this.#goOn(definition, record, [mail, ...(here?.mailbox.splice(0) ?? [])], here === undefined);
    });
  }

  /** From now on nothing is taken over any more. */
  stopTaking(): void {
    this.#stopping = true;
  }

  /** Lets go of all sagas, so that any process takes them over at once. Never rejects. */
  async letGo(): Promise<void> {
    const left = [...this.#running.values()].map(({ saga: { sagaId }, revision }) => ({ sagaId, revision }));
    this.#running.clear();
    if (left.length > 0) await this.#release(left);
  }

  #goOn(definition: SagaDefinition, record: SagaRecord, mails: readonly Mail[], asGuest = false): void {
    const { saga, revision, owner } = record;
    const running = new RunningSaga(definition, saga, revision);
    if (asGuest && owner !== null && owner !== this.#options.owner) running.guestOf = owner;
    running.mailbox.push(...mails);
    this.#running.set(saga.sagaId, running);
    void this.#proceed(running);
  }

  #post(running: RunningSaga, mail: Mail): void {
    running.mailbox.push(mail);
    if (!running.busy) void this.#proceed(running);
  }

  /** Applies the happenings that wait, one after the other. Never rejects. */
  async #proceed(running: RunningSaga): Promise<void> {
    running.busy = true;
    for (let mail = running.mailbox.shift(); mail !== undefined; mail = running.mailbox.shift()) {
      if (!(await this.#apply(running, mail))) return;
    }
    running.busy = false;
    if (running.dueAt === null || running.guestOf !== undefined) this.forget(running);
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
    const replacesClaim = kind === 'recovered' && next.dueAt !== null;
    if (next.logs.length > 0 || replacesClaim) return this.#commit(running, mail, next);
    running.dueAt = next.dueAt;
    return true;
  }

  async #commit(running: RunningSaga, mail: Mail, next: Transition): Promise<boolean> {
    if (next.commands.length > 0) running.guestOf = undefined;
    try {
      const result = await this.#options.journal.update(next, running.revision, running.guestOf);
      if (result === 'lost') {
        await this.#resume(running, mail);
        return false;
      }
    } catch (error) {
      return this.#notWritten(running, mail, error);
    }
    this.#committed(running, next, running.revision + 1);
    mail.settle?.({ outcome: 'applied', saga: next.saga });
    if (!this.#isLetGo(running) || running.guestOf !== undefined) return true;
    await this.#release([{ sagaId: next.saga.sagaId, revision: running.revision }]);
    return false;
  }

  #committed(running: RunningSaga, { saga, logs, commands, dueAt }: Transition, revision: number): void {
    running.saga = saga;
    running.revision = revision;
    running.failedWrites = 0;
    // What was just sent has its full time to be answered, however long the commit took.
    const tookMs = commands.length === 0 ? 0 : Math.max(0, this.#options.clock.now() - saga.updatedAt);
    running.dueAt = dueAt === null ? null : dueAt + tookMs;
    this.#options.events.recorded(saga, logs);
    if (hasEnded(saga)) this.#options.onEnd(saga);
  }

  async #notWritten(running: RunningSaga, mail: Mail, error: unknown): Promise<boolean> {
    const { sagaId } = running.saga;
    const { store, log } = this.#options;
    if (store.isItemError(error)) {
      const plain = withoutData(mail.happening, error);
      if (plain !== undefined) {
        log.warn({ err: error, sagaId }, 'the journal cannot keep a reply; going on without its data');
        running.mailbox.unshift({ ...mail, happening: plain });
        return true;
      }
      this.#leaveAlone(running.saga, 'the journal refuses it', error);
    } else if (!this.#isLetGo(running)) {
      await this.#pause(running, error);
      // As a new transition: the time that has gone by meanwhile must not count against the steps.
      running.mailbox.unshift(mail);
      return true;
    } else log.warn({ err: error, sagaId }, 'the journal could not be reached before the process stopped');
    this.forget(running);
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

  #isLetGo(running: RunningSaga): boolean {
    return this.#stopping && this.#running.get(running.saga.sagaId) !== running;
  }

  /**
   * Whoever is behind drops its copy and goes on from the row: if the row is still this process's own, or if a reply has
   * come here that the saga waits for, whoever holds it now.
   */
  async #resume(running: RunningSaga, lost: Mail): Promise<void> {
    const { store, log, owner, onEnd, clock } = this.#options;
    const { sagaId } = running.saga;
    const [record] = await store.load([sagaId]).catch((error: unknown) => {
      log.warn({ err: error, sagaId }, 'could not read the saga again; the next sweep takes it over');
      return [];
    });
    const mails = [lost, ...running.mailbox.splice(0)];
    const replaced = this.#running.get(sagaId) !== running;
    this.forget(running);
    for (const { settle } of mails) settle?.({ outcome: 'lost' });
    if (record === undefined) return;
    if (hasEnded(record.saga)) return onEnd(record.saga);
    const replies = mails.filter(({ happening }) => happening.kind === 'reply');
    const holder = this.#running.get(sagaId);
    if (holder !== undefined) for (const reply of replies) this.#post(holder, reply);
    else if (replaced) log.info({ sagaId }, 'this process has let go of the saga');
    else if (replies.some(({ happening }) => isAwaited(running.definition, record.saga, happening, clock.now())))
      this.#goOn(running.definition, record, replies);
    else if (record.owner === owner) this.take(record);
    else log.info({ sagaId, owner: record.owner }, 'another process has gone on with this saga');
  }

  #leaveAlone(saga: SagaState, reason: string, err?: unknown): void {
    this.#leftAlone.add(saga.sagaId);
    const context = { sagaId: saga.sagaId, type: saga.type, version: saga.version, ...(err !== undefined && { err }) };
    this.#options.log.error(context, `this process leaves the saga alone: ${reason}`);
  }

  async #release(sagas: readonly { sagaId: string; revision: number }[]): Promise<void> {
    try {
      await this.#options.store.release(sagas);
    } catch (error) {
      const count = sagas.length;
      this.#options.log.warn({ err: error, count }, 'could not hand sagas over; they go on when they are due');
    }
  }
}

const isAwaited = (definition: SagaDefinition, saga: SagaState, happening: Happening, now: number): boolean =>
  transition(definition, saga, happening, now).ignored === undefined;

/** How definitions are looked up. */
export const keyOf = ({ type, version }: { type: string; version: number }): string => `${type}@${version}`;
