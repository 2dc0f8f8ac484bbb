import { createPool } from '@saga-checkout/database';
import { MemoryStore, type SagaDefinition, SagaRuntime, type SagaStore } from '@saga-checkout/saga';
import { PostgresStore } from '@saga-checkout/saga/postgres';
import type pg from 'pg';
import { InstantParticipants } from './participants.js';

/** Where the journal is; a URL is that of a migrated database. */
export type StoreSpec = 'memory' | { readonly url: string };

export interface OpenStore {
  readonly store: SagaStore;
  /** Statements that the store has asked of its database. */
  statements(): number;
  close(): Promise<void>;
}

export function openStore(spec: StoreSpec): OpenStore {
  if (spec === 'memory') return { store: new MemoryStore(), statements: () => 0, close: async () => {} };
  const pool = createPool({ url: spec.url, applicationName: 'bench' });
  const statements = counted(pool);
  return { store: new PostgresStore(pool), statements, close: () => pool.end() };
}

/** Counts what goes over the pool's connections. */
function counted(pool: pg.Pool): () => number {
  let count = 0;
  pool.on('connect', (client) => {
    const query = client.query.bind(client) as (...args: unknown[]) => unknown;
    client.query = ((...args: unknown[]) => {
      count++;
      return query(...args);
    }) as typeof client.query;
  });
  return () => count;
}

/** A runtime with its store and participants. */
export interface Engine extends OpenStore {
  readonly runtime: SagaRuntime;
  readonly participants: InstantParticipants;
}

export interface EngineOptions {
  readonly store: StoreSpec;
  readonly definitions: readonly SagaDefinition[];
  readonly owner?: string;
}

/** Not started yet. */
export function openEngine({ store: spec, definitions, owner = 'bench' }: EngineOptions): Engine {
  const open = openStore(spec);
  const participants = new InstantParticipants();
  const { store } = open;
  const runtime = new SagaRuntime({ definitions, store, sender: participants, owner, maxConcurrentSagas: 100_000 });
  const close = async () => {
    await runtime.stop(0);
    await open.close();
  };
  return { ...open, runtime, participants, close };
}
