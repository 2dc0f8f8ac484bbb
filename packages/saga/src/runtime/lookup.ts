import type { SagaDefinition } from '../core/definition.js';
import { SagaError } from '../core/errors.js';
import { keyOf } from './runner.js';
import type { SagaKey, SagaRecord, SagaStore } from './store.js';

/** A saga of the journal that this process has the definition of. */
export interface Runnable {
  readonly record: SagaRecord;
  readonly definition: SagaDefinition;
}

/** Reads the journal for callers, in whose errors the backend's own are but the cause. */
export class Lookup {
  readonly #store: SagaStore;
  readonly #definitions: ReadonlyMap<string, SagaDefinition>;

  constructor(store: SagaStore, definitions: ReadonlyMap<string, SagaDefinition>) {
    this.#store = store;
    this.#definitions = definitions;
  }

  /** @throws SagaError JOURNAL_UNAVAILABLE */
  async read<T>(reading: () => Promise<T>): Promise<T> {
    try {
      return await reading();
    } catch (cause) {
      const message = 'the journal cannot be read; try again in a second';
      throw new SagaError('JOURNAL_UNAVAILABLE', message, { cause, retryAfterMs: 1_000 });
    }
  }

  /** @throws SagaError JOURNAL_UNAVAILABLE */
  find(key: SagaKey): Promise<SagaRecord | undefined> {
    return this.read(() => this.#store.find(key));
  }

  /** @throws SagaError UNKNOWN_SAGA, UNKNOWN_DEFINITION, JOURNAL_UNAVAILABLE */
  async runnable(key: SagaKey): Promise<Runnable> {
    const record = await this.find(key);
    if (record === undefined) throw new SagaError('UNKNOWN_SAGA', `there is no saga ${nameOf(key)}`);
    const definition = this.#definitions.get(keyOf(record.saga));
    if (definition !== undefined) return { record, definition };
    throw new SagaError('UNKNOWN_DEFINITION', `this process has no definition ${keyOf(record.saga)}`);
  }

  /** The definition of that type and version as this process was given it. @throws SagaError UNKNOWN_DEFINITION */
  given(definition: SagaDefinition): SagaDefinition {
    const given = this.#definitions.get(keyOf(definition));
    if (given !== undefined) return given;
    const message = `${keyOf(definition)} was not given to this runtime; add it to its definitions`;
    throw new SagaError('UNKNOWN_DEFINITION', message);
  }
}

function nameOf(key: SagaKey): string {
  switch (key.by) {
    case 'id':
      return key.sagaId;
    case 'businessKey':
      return `of type ${key.type} with the business key ${key.businessKey}`;
    case 'idempotencyKey':
      return `with the idempotency key ${key.key} of ${key.scope}`;
  }
}
