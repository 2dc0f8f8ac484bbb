import type { SagaDefinition } from '../core/definition.js';
import { SagaError } from '../core/errors.js';
import { changesBetween, fingerprintOf, shapeOf } from '../core/shape.js';
import { keyOf } from './runner.js';
import type { SagaStore, StoredDefinition } from './store.js';

/**
 * Compares this process's definitions with those that the journal's sagas began under. A definition that was changed without
 * another version would misread the sagas under way, so that nothing is done then at all.
 */
export class Registration {
  readonly #store: SagaStore;
  readonly #definitions: readonly SagaDefinition[];
  #outcome: 'unknown' | 'agreed' | SagaError = 'unknown';
  #asking: Promise<void> | undefined;

  constructor(store: SagaStore, definitions: readonly SagaDefinition[]) {
    this.#store = store;
    this.#definitions = definitions;
  }

  /** Whether the journal was asked, and agrees. */
  get isAgreed(): boolean {
    return this.#outcome === 'agreed';
  }

  /** Why the journal does not agree, if it does not. */
  get refusal(): SagaError | undefined {
    return this.#outcome instanceof SagaError ? this.#outcome : undefined;
  }

  /**
   * Asks the journal, unless it has answered before.
   *
   * @throws SagaError DEFINITION_CHANGED; or JOURNAL_UNAVAILABLE: then it is worth asking again.
   */
  async agree(): Promise<void> {
    if (this.isAgreed) return;
    if (this.refusal !== undefined) throw this.refusal;
    this.#asking ??= this.#ask().finally(() => {
      this.#asking = undefined;
    });
    await this.#asking;
    if (this.refusal !== undefined) throw this.refusal;
  }

  async #ask(): Promise<void> {
    const given = this.#definitions.map(storedOf);
    try {
      const kept = await this.#store.register(given);
      const changes: string[] = [];
      for (const definition of given) changes.push(...(await this.#changes(definition, kept)));
      this.#outcome = changes.length === 0 ? 'agreed' : refusalOf(changes);
    } catch (cause) {
      const message = 'the journal cannot be asked for the definitions of its sagas; try again in a second';
      throw new SagaError('JOURNAL_UNAVAILABLE', message, { cause, retryAfterMs: 1_000 });
    }
  }

  /** What is in the way; nothing if no saga has begun under the former definition that is still under way. */
  async #changes(definition: StoredDefinition, all: readonly StoredDefinition[]): Promise<readonly string[]> {
    const kept = all.find((each) => keyOf(each) === keyOf(definition));
    if (kept === undefined || kept.fingerprint === definition.fingerprint) return [];
    if (await this.#store.replaceDefinition(definition)) return [];
    return [
      `${definition.type} version ${definition.version}: ${changesBetween(kept.shape, definition.shape).join('; ')}`,
    ];
  }
}

function storedOf(definition: SagaDefinition): StoredDefinition {
  const shape = shapeOf(definition);
  return { type: definition.type, version: definition.version, fingerprint: fingerprintOf(shape), shape };
}

function refusalOf(changes: readonly string[]): SagaError {
  const what = `definitions were changed while sagas of them are under way. ${changes.join('. ')}`;
  const cure =
    'Give the changed definition another version, and keep the former one beside it until its sagas have ended';
  return new SagaError('DEFINITION_CHANGED', `${what}. ${cure}`);
}
