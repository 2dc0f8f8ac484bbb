import { type Outcome, parseCommandId } from '../core/command.js';
import { misfit, type SagaDefinition } from '../core/definition.js';
import type { Happening } from '../core/happening.js';
import { hasEnded, type SagaState } from '../core/saga.js';
import { type Transition, transition } from '../core/transition.js';
import type { RunnerOptions } from './runner-options.js';
import { type Mail, RunningSaga, type Settled } from './running-saga.js';
import type { RunningSagas } from './running-sagas.js';
import type { Claim, SagaRecord } from './store.js';
import { Timetable } from './timetable.js';
import { Turns } from './turns.js';

/** The sagas that this process is at work on: how they come, whose turn it is, and how they go. */
export class Runner {
  readonly #options: RunnerOptions;
  readonly #running: RunningSagas;
  readonly #turns: Turns;
  readonly #timetable: Timetable<RunningSaga>;
  /** Sagas that this process cannot go on with, whatever it does. */
  readonly #leftAlone = new Set<string>();
  #stopping = false;

  constructor(options: RunnerOptions) {
    this.#options = options;
    this.#running = options.running;
    const { journal, clock, log, owner, store, isOpen } = options;
    this.#timetable = new Timetable({
      clock,
      isOpen,
      timeOf: (running) => running.lookAt(),
      onDue: (running) => this.#onDue(running),
    });
    this.#turns = new Turns({
      journal,
      clock,
      log,
      owner,
      isItemError: (error) => store.isItemError(error),
      isLetGo: (running) => this.#stopping && !this.#running.holds(running),
      onCommitted: (...committed) => this.#onCommitted(...committed),
      onOrphan: ({ saga: { sagaId }, revision }) => this.#release([{ sagaId, revision }]),
      onLost: (running, mail) => this.#resume(running, mail),
      onHopeless: (running, error, reason) => this.#onHopeless(running, error, reason),
      onIdle: (running) => this.#onIdle(running),
    });
  }

  has(sagaId: string): boolean {
    return this.#running.has(sagaId);
  }

  someAwaitReplies(): boolean {
    return this.#running.all().some((running) => running.awaitsReply());
  }

  /** Sagas that a sweep of this process must not take: for overdue ones only those that it is about to look at itself. */
  held(which: Claim['which']): string[] {
    const now = this.#options.clock.now();
    const held = [...this.#leftAlone];
    for (const { dueAt, busy, saga } of this.#running.all())
      if (which === 'own' || busy || (dueAt !== null && dueAt <= now)) held.push(saga.sagaId);
    return held;
  }

  /** Makes room for a new saga that is about to be journaled; happenings wait until it is. */
  begin(definition: SagaDefinition, saga: SagaState): RunningSaga {
    const running = new RunningSaga(definition, saga, 0);
    running.busy = true;
    this.#running.add(running);
    return running;
  }

  /** Sets the new saga going, once it is journaled. */
  begun(running: RunningSaga, first: Transition): void {
    this.#turns.committed(running, first, 1);
    void this.#turns.proceed(running);
  }

  /** Drops a copy. */
  forget(running: RunningSaga): void {
    this.#timetable.drop(running);
    this.#running.remove(running);
  }

  onReply(id: string, outcome: Outcome): void {
    const parts = parseCommandId(id);
    const running = parts && this.#running.get(parts.sagaId);
    if (running === undefined) {
      this.#options.log.info({ commandId: id, outcome: outcome.outcome }, 'late reply: no saga here waits for it');
      return;
    }
    const { step, phase, attempt } = parts as NonNullable<typeof parts>;
    this.#turns.post(running, { happening: { kind: 'reply', step, phase, attempt, outcome } });
  }

  /** Goes on with a saga whose former holder is gone. */
  take(record: SagaRecord): void {
    const { saga, revision } = record;
    const here = this.#running.get(saga.sagaId);
    if (here !== undefined) {
      here.claimedHere = true;
      return;
    }
    if (this.#stopping) return void this.#release([{ sagaId: saga.sagaId, revision }]);
    const definition = this.#options.definitions.get(keyOf(saga));
    const reason = definition === undefined ? 'there is no definition of it' : misfit(definition, saga);
    if (definition === undefined || reason !== undefined) return this.#leaveAlone(saga, reason ?? '');
    this.#goOn(definition, record, [{ happening: { kind: 'recovered' } }]);
    this.#options.onTaken(saga);
  }

  /** Has a happening applied that comes from outside, to the saga as the record has it or later. */
  ask(
    definition: SagaDefinition,
    record: SagaRecord,
    happening: Happening,
    isWithdrawn?: () => boolean,
  ): Promise<Settled> {
    return new Promise((settle) => {
      const here = this.#running.get(record.saga.sagaId);
      const mail: Mail = { happening, settle, ...(isWithdrawn && { isWithdrawn }) };
      if (here !== undefined && here.revision >= record.revision) this.#turns.post(here, mail);
      else this.#goOn(definition, record, [mail, ...(here?.mailbox.splice(0) ?? [])], here === undefined);
    });
  }

  /** From now on nothing is taken over any more. */
  stopTaking(): void {
    this.#stopping = true;
  }

  /** Lets go of all sagas, so that any process takes them over at once. Never rejects. */
  async letGo(): Promise<void> {
    this.#timetable.stop();
    const left = this.#running.all();
    for (const running of left) this.#running.remove(running);
    if (left.length > 0) await this.#release(left.map(({ saga: { sagaId }, revision }) => ({ sagaId, revision })));
  }

  #goOn(definition: SagaDefinition, record: SagaRecord, mails: readonly Mail[], asGuest = false): void {
    const { saga, revision, owner } = record;
    const running = new RunningSaga(definition, saga, revision);
    if (asGuest && owner !== null && owner !== this.#options.owner) running.guestOf = owner;
    running.mailbox.push(...mails);
    this.#running.add(running);
    void this.#turns.proceed(running);
  }

  #onDue(running: RunningSaga): void {
    if (running.busy || !this.#running.holds(running)) return;
    if (running.dueAt === null) this.forget(running);
    else this.#turns.post(running, { happening: { kind: 'due' } });
  }

  #onIdle(running: RunningSaga): void {
    if (!this.#running.holds(running)) return;
    const nothingComes = running.dormant || running.guestOf !== undefined || running.lookAt() === null;
    if (nothingComes) this.forget(running);
    else this.#timetable.put(running);
  }

  #onCommitted(running: RunningSaga, { saga, logs, calls }: Transition, before: SagaState | undefined): void {
    const { onRecorded, onCalls, onEnd } = this.#options;
    onRecorded({ running, before, logs });
    if (calls.length > 0) onCalls(calls);
    if (hasEnded(saga)) onEnd(saga);
  }

  #onHopeless(running: RunningSaga, error: unknown, reason?: string): void {
    if (reason !== undefined) this.#leaveAlone(running.saga, reason, error);
    this.forget(running);
  }

  /**
   * Whoever is behind drops its copy and goes on from the row: if the row is still this process's own, or if a reply has
   * come here that the saga waits for, whoever holds it now.
   */
  async #resume(running: RunningSaga, lost: Mail): Promise<void> {
    const { store, log, owner, onEnd, clock, namesakes } = this.#options;
    const { sagaId } = running.saga;
    log.info({ sagaId, kind: lost.happening.kind }, 'the row has moved on: nothing was written, and nothing sent');
    const [record] = await store.load([sagaId]).catch((error: unknown) => {
      log.warn({ err: error, sagaId }, 'could not read the saga again; the next sweep takes it over');
      return [];
    });
    const mails = [lost, ...running.mailbox.splice(0)];
    const replaced = !this.#running.holds(running);
    this.forget(running);
    for (const { settle } of mails) settle?.({ outcome: 'lost' });
    if (record === undefined) return;
    if (record.owner === owner && !replaced) void namesakes.look(running);
    if (hasEnded(record.saga)) return onEnd(record.saga);
    const replies = mails.filter(({ happening }) => happening.kind === 'reply');
    const holder = this.#running.get(sagaId);
    if (holder !== undefined) for (const reply of replies) this.#turns.post(holder, reply);
    else if (replaced) log.info({ sagaId }, 'this process has let go of the saga');
    else if (replies.some(({ happening }) => isAwaited(running.definition, record.saga, happening, clock.now())))
      this.#goOn(running.definition, record, replies);
    else if (record.owner !== owner) log.info({ sagaId, owner: record.owner }, 'this process is not at work on it now');
    else this.take(record);
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
