import { deepStrictEqual } from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import type { CommandContract, Outcome } from '../../core/command.js';
import type { SagaDefinition, StepDefinition } from '../../core/definition.js';
import { fold } from '../../core/evolve.js';
import type { Happening } from '../../core/happening.js';
import { COMPENSATION_RETRY, STEP_RETRY } from '../../core/retry.js';
import type { SagaState } from '../../core/saga.js';
import type { Schema } from '../../core/schema.js';
import { begin, type Transition, transition } from '../../core/transition.js';
import type { Claim, JournalWrite, SagaRecord, SagaStore } from '../../runtime/store.js';

/** Tests by their titles. */
export type StoreTests = Readonly<Record<string, (store: SagaStore) => Promise<void>>>;

const anything: Schema = { '~standard': { version: 1, vendor: 'conformance', validate: (value) => ({ value }) } };
const contract = (name: string): CommandContract => ({
  name,
  queue: 'conformance',
  payload: anything,
  reply: anything,
  refusals: ['NO'],
});

const step = (name: string, dependsOn: string[]): StepDefinition => ({
  kind: 'command',
  name,
  dependsOn,
  command: contract(`do.${name}`),
  payload: () => ({}),
  timeoutMs: 5_000,
  retry: STEP_RETRY,
  pivot: false,
  compensation: {
    kind: 'command',
    command: contract(`undo.${name}`),
    payload: () => ({}),
    timeoutMs: 5_000,
    retry: COMPENSATION_RETRY,
    strategy: 'deferred',
  },
});

/** A definition of two steps, of a type that no other test uses. */
export function freshDefinition(version = 1, type = `conformance-${randomUUID()}`): SagaDefinition {
  return { type, version, input: anything, steps: [step('second', ['first']), step('first', [])] };
}

/** The same with a step between that waits for an event, for ever. */
export function waitingDefinition(): SagaDefinition {
  const event = { name: 'happened', payload: anything };
  const waits = { name: 'waits', kind: 'wait', dependsOn: ['first'], event, refusedBy: [], pivot: false } as const;
  const definition = freshDefinition();
  const steps = [step('first', []), { ...waits, retry: STEP_RETRY, timeoutMs: null, onTimeout: 'fail' } as const];
  return { ...definition, steps: [...steps, step('second', ['waits'])] };
}

export interface NewSaga {
  readonly definition?: SagaDefinition;
  readonly sagaId?: string;
  readonly businessKey?: string;
  readonly input?: unknown;
  readonly at?: number;
  readonly traceparent?: string;
  readonly lane?: string;
  readonly startsAt?: number;
}

export const done = (data: unknown = { fine: true }): Outcome => ({ outcome: 'done', data });
export const refused: Outcome = { outcome: 'refused', code: 'NO', message: 'no', details: { why: [1, 'two', null] } };
export const failed: Outcome = { outcome: 'failed', code: 'DOWN', message: 'the database is down' };

/** A saga as the engine runs it, with the journal writes that each happening leads to. */
export class Scripted {
  readonly definition: SagaDefinition;
  #latest: Transition;
  #before: SagaState | undefined;
  #at: number;
  #revision = 0;

  constructor({ definition = freshDefinition(), sagaId = randomUUID(), at = Date.now(), ...rest }: NewSaga = {}) {
    this.definition = definition;
    this.#at = at;
    this.#latest = begin(definition, { sagaId, businessKey: randomUUID(), input: { some: 'input' }, ...rest }, at);
  }

  get saga() {
    return this.#latest.saga;
  }

  get sagaId(): string {
    return this.saga.sagaId;
  }

  /** The write of the latest transition. Due in a minute, unless the saga waits for nothing or `changes` say otherwise. */
  write(changes: Partial<JournalWrite> = {}): JournalWrite {
    const { saga, logs, dueAt } = this.#latest;
    const dueInMs = dueAt === null ? null : 60_000;
    const before = this.#before;
    return { saga, logs, revision: this.#revision, owner: 'owner-a', dueInMs, ...(before && { before }), ...changes };
  }

  /** Lets something happen; the next `write` is of that. */
  happen(happening: Happening): this {
    this.#at += 7;
    this.#before = this.saga;
    this.#latest = transition(this.definition, this.saga, happening, this.#at);
    this.#revision++;
    return this;
  }

  reply(name: string, phase: 'do' | 'undo', outcome: Outcome, attempt = 1): this {
    return this.happen({ kind: 'reply', step: name, phase, attempt, outcome });
  }

  /** Goes on from what a claim gave. */
  from({ saga, revision }: SagaRecord): this {
    this.#latest = { ...this.#latest, saga };
    this.#revision = revision - 1;
    return this;
  }
}

/** Writes a new saga, which must not lose, and gives it. */
export async function stored(store: SagaStore, saga: NewSaga = {}, changes: Partial<JournalWrite> = {}) {
  const scripted = new Scripted(saga);
  deepStrictEqual(await store.write([scripted.write(changes)]), ['written']);
  return scripted;
}

/** Writes the latest transition of the saga, which must not lose. */
export async function change(store: SagaStore, saga: Scripted, changes: Partial<JournalWrite> = {}): Promise<void> {
  deepStrictEqual(await store.write([saga.write(changes)]), ['written']);
}

/** Lets the saga end: refused at its first step, it is compensated at once. */
export async function ended(store: SagaStore, saga: NewSaga = {}, changes: Partial<JournalWrite> = {}) {
  const scripted = await stored(store, saga, changes);
  await change(store, scripted.reply('first', 'do', refused));
  return scripted;
}

/** Lets the saga be parked: its first step cannot be compensated. */
export async function parked(store: SagaStore, saga: NewSaga = {}) {
  const scripted = await stored(store, saga);
  await change(store, scripted.reply('first', 'do', done()));
  await change(store, scripted.reply('second', 'do', refused));
  await change(store, scripted.reply('first', 'undo', refused));
  return scripted;
}

/** The saga's state, its journal, and their agreement. */
export async function isStored(store: SagaStore, { saga, sagaId }: Scripted, revision: number): Promise<void> {
  const record = await store.find({ by: 'id', sagaId });
  deepStrictEqual(record?.saga, saga);
  deepStrictEqual(record?.revision, revision);
  deepStrictEqual(fold(await store.logs(sagaId), sagaId), saga);
}

/** A claim of whatever is overdue of the definition. */
export function claimOf(definition: SagaDefinition, changes: Partial<Claim> = {}): Claim {
  return {
    owner: 'owner-b',
    definitions: [definition],
    limit: 1_000,
    which: 'overdue',
    graceMs: 0,
    holdMs: 60_000,
    except: [],
    ...changes,
  };
}

export const idsOf = (records: readonly SagaRecord[]): string[] => records.map(({ saga }) => saga.sagaId).sort();
