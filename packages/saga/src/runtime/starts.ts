import type { SagaDefinition } from '../core/definition.js';
import { messageOf, SagaError } from '../core/errors.js';
import { restart } from '../core/restart.js';
import { check } from '../core/schema.js';
import { begin, type Transition } from '../core/transition.js';
import type { Admission } from './admission.js';
import { isDormant } from './dormant.js';
import type { Journal } from './journal.js';
import type { Lookup } from './lookup.js';
import type { Clock } from './ports.js';
import type { Runner } from './runner.js';
import { laneOf } from './running-saga.js';
import type { IdempotencyRecord, SagaRecord, SagaStore } from './store.js';

/** Which saga to start. */
export interface StartRequest {
  /** Unique over all sagas; a UUIDv7 keeps the journal's index compact. */
  readonly sagaId: string;
  /** Unique per saga type. */
  readonly businessKey: string;
  readonly input: unknown;
  readonly idempotency?: IdempotencyRecord;
  readonly traceparent?: string;
  /** With whom it shares its places: a tenant, say. Default: all sagas of its type that have none. */
  readonly lane?: string;
  /** Its first steps begin no earlier, in epoch ms; until then it is in the journal only. Default: at once. */
  readonly startsAt?: number;
}

/** Which saga to start from the middle of another. */
export interface RestartRequest {
  /** The step of the other saga to begin with: it and all that depend on it are done anew, the others count as done. */
  readonly from: string;
  /** Of the new saga, as in {@link StartRequest}. */
  readonly sagaId: string;
  readonly businessKey: string;
  readonly reason?: string;
  /** Who wants it. */
  readonly by?: string;
}

/** `created` is false if a saga with the same id, business key or idempotency key exists: then `record` is that one. */
export interface StartResult {
  readonly created: boolean;
  readonly record: SagaRecord;
}

export interface StartsOptions {
  readonly store: SagaStore;
  readonly journal: Journal;
  readonly runner: Runner;
  readonly admission: Admission;
  readonly lookup: Lookup;
  readonly clock: Clock;
  readonly owner: string;
}

type Keys = Pick<StartRequest, 'sagaId' | 'businessKey' | 'idempotency'>;

/** Journals new sagas, once each however often and by however many they are started, and sets them going. */
export class Starts {
  readonly #options: StartsOptions;
  /** Sagas that are being inserted: whoever starts one of them again waits for that. */
  readonly #starting = new Map<string, Promise<unknown>>();

  constructor(options: StartsOptions) {
    this.#options = options;
  }

  /** @throws as `SagaRuntime.run` */
  run(definition: SagaDefinition, request: StartRequest): Promise<StartResult> {
    const { admission, clock } = this.#options;
    return this.#once(definition, request, () => {
      admission.admit(request.lane ?? definition.type);
      const { idempotency: _, ...beginning } = request;
      return begin(definition, { ...beginning, input: checkedInput(definition, request.input) }, clock.now());
    });
  }

  /** @throws as `SagaRuntime.restart` */
  async restart(sourceId: string, request: RestartRequest): Promise<StartResult> {
    const { admission, lookup, store, clock } = this.#options;
    const { record, definition } = await lookup.runnable({ by: 'id', sagaId: sourceId });
    if (record.prunedAt !== undefined)
      throw new SagaError(
        'NOT_APPLICABLE',
        `the journal of ${sourceId} has been pruned: nothing is left to start from`,
      );
    const logs = await lookup.read(() => store.logs(sourceId));
    return this.#once(definition, request, () => {
      admission.admit(laneOf(record.saga));
      return restart(definition, { ...request, source: record.saga, logs }, clock.now());
    });
  }

  async #once(definition: SagaDefinition, keys: Keys, first: () => Transition): Promise<StartResult> {
    const { runner, owner } = this.#options;
    const { sagaId, idempotency } = keys;
    const starting = this.#starting.get(sagaId);
    if (starting !== undefined || runner.has(sagaId)) {
      await starting?.catch(() => {});
      return this.#existing(definition, keys);
    }
    const transition = first();
    const dormant = this.#isDormant(transition);
    if (!(await this.#start(definition, transition, idempotency, dormant))) return this.#existing(definition, keys);
    const record = { saga: transition.saga, revision: 1, owner: dormant ? null : owner };
    return { created: true, record: idempotency === undefined ? record : { ...record, idempotency } };
  }

  #isDormant(transition: Transition): boolean {
    return isDormant(transition, this.#options.clock.now());
  }

  /** Whether the saga is new, and under way now. */
  async #start(
    definition: SagaDefinition,
    first: Transition,
    idempotency: IdempotencyRecord | undefined,
    dormant: boolean,
  ): Promise<boolean> {
    const { runner } = this.#options;
    const { sagaId } = first.saga;
    const running = runner.begin(definition, first.saga);
    running.dormant = dormant;
    const inserting = this.#insert(first, idempotency, dormant);
    this.#starting.set(sagaId, inserting);
    try {
      const written = await inserting;
      if (written) runner.begun(running, first);
      else runner.forget(running);
      return written;
    } catch (error) {
      runner.forget(running);
      throw error;
    } finally {
      this.#starting.delete(sagaId);
    }
  }

  async #insert(first: Transition, idempotency: IdempotencyRecord | undefined, dormant: boolean): Promise<boolean> {
    const { journal, store, owner } = this.#options;
    try {
      return (await journal.insert(first, idempotency, dormant ? null : owner)) === 'written';
    } catch (cause) {
      if (store.isItemError(cause)) {
        throw new SagaError('INVALID_INPUT', `the journal cannot keep this saga: ${messageOf(cause)}`, { cause });
      }
      const message = 'the journal cannot be reached; starting the saga again with the same id is safe';
      throw new SagaError('JOURNAL_UNAVAILABLE', message, { cause, retryAfterMs: 1_000 });
    }
  }

  async #existing({ type }: SagaDefinition, { sagaId, businessKey, idempotency }: Keys): Promise<StartResult> {
    const { lookup } = this.#options;
    const record =
      (await lookup.find({ by: 'id', sagaId })) ??
      (await lookup.find({ by: 'businessKey', type, businessKey })) ??
      (idempotency && (await lookup.find({ by: 'idempotencyKey', scope: idempotency.scope, key: idempotency.key })));
    if (record !== undefined) return { created: false, record };
    const message = 'a saga with this key was there a moment ago and is gone; start it again';
    throw new SagaError('JOURNAL_UNAVAILABLE', message, { retryAfterMs: 0 });
  }
}

function checkedInput(definition: SagaDefinition, input: unknown): unknown {
  const result = check(definition.input, input);
  if (result.ok) return result.value;
  throw new SagaError('INVALID_INPUT', `the input of ${definition.type} is not valid: ${result.problems}`);
}
