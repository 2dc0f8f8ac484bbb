import type { StoredDefinition } from './store.js';

/** What is kept of definitions, as JSON. */
export class Definitions {
  readonly #kept = new Map<string, string>();

  register(definition: StoredDefinition): StoredDefinition {
    const key = keyOf(definition);
    const kept = this.#kept.get(key) ?? JSON.stringify(definition);
    this.#kept.set(key, kept);
    return JSON.parse(kept) as StoredDefinition;
  }

  replace(definition: StoredDefinition): void {
    this.#kept.set(keyOf(definition), JSON.stringify(definition));
  }
}

const keyOf = ({ type, version }: StoredDefinition): string => `${version}:${type}`;
