import { evolve } from '../core/evolve.js';
import type { LogEntry } from '../core/log.js';
import { hasEnded, type SagaStatus } from '../core/saga.js';
import type { Claim, JournalWrite, SagaKey, SagaRecord, SagaStore, WriteResult } from './store.js';

interface Row extends SagaRecord {
  readonly dueAt: number | null;
  readonly logs: readonly LogEntry[];
}

/** Something that JSON cannot say, so that no journal could keep it. */
class UnwritableError extends Error {}

/** A store for tests and examples: everything is gone with the process. Like a database it keeps JSON, not objects. */
export class MemoryStore implements SagaStore {
  readonly #rows = new Map<string, Row>();
  readonly #now: () => number;

  constructor(now: () => number = Date.now) {
    this.#now = now;
  }

  async write(round: readonly JournalWrite[]): Promise<readonly WriteResult[]> {
    const copies = round.map((write) => ({ ...write, saga: copyOf(write.saga), logs: copyOf(write.logs) }));
    return copies.map((write) => {
      const row = this.#rows.get(write.saga.sagaId);
      if (write.revision === 0 ? this.#taken(write) : row?.revision !== write.revision) return 'lost';
      this.#put(write, row);
      return 'written';
    });
  }

  #put({ saga, logs, revision, owner, dueInMs, idempotency }: JournalWrite, row: Row | undefined): void {
    const kept = idempotency ?? row?.idempotency;
    this.#rows.set(saga.sagaId, {
      saga,
      revision: revision + 1,
      owner,
      dueAt: dueInMs === null ? null : this.#now() + dueInMs,
      logs: [...(row?.logs ?? []), ...logs],
      ...(kept !== undefined && { idempotency: kept }),
    });
  }

  #taken({ saga, idempotency }: JournalWrite): boolean {
    for (const row of this.#rows.values()) {
      if (row.saga.sagaId === saga.sagaId) return true;
      if (row.saga.type === saga.type && row.saga.businessKey === saga.businessKey) return true;
      if (idempotency && row.idempotency?.scope === idempotency.scope && row.idempotency.key === idempotency.key)
        return true;
    }
    return false;
  }

  async claim(claim: Claim): Promise<readonly SagaRecord[]> {
    const due = [...this.#rows.values()].filter((row) => this.#isClaimable(row, claim));
    due.sort((one, other) => (one.dueAt ?? 0) - (other.dueAt ?? 0));
    return due.slice(0, claim.limit).map((row) => this.#take(row, claim));
  }

  #isClaimable({ saga, owner, dueAt }: Row, claim: Claim): boolean {
    const { which, owner: claimant, definitions, except } = claim;
    if (except.includes(saga.sagaId)) return false;
    if (dueAt === null || !definitions.some(({ type, version }) => type === saga.type && version === saga.version))
      return false;
    const graceMs = owner === null ? 0 : claim.graceMs;
    return which === 'own' ? owner === claimant : dueAt <= this.#now() - graceMs;
  }

  #take(row: Row, { owner, holdMs }: Claim): SagaRecord {
    const at = this.#now();
    const entry: LogEntry = {
      seq: row.saga.logSeq + 1,
      event: 'SAGA_CLAIMED',
      step: null,
      attempt: null,
      data: { owner },
      at,
    };
    const saga = evolve(row.saga, entry);
    const taken = { ...row, saga, owner, revision: row.revision + 1, dueAt: at + holdMs, logs: [...row.logs, entry] };
    this.#rows.set(saga.sagaId, taken);
    return recordOf(taken);
  }

  async find(key: SagaKey): Promise<SagaRecord | undefined> {
    for (const row of this.#rows.values()) if (matches(row, key)) return recordOf(row);
    return undefined;
  }

  async load(sagaIds: readonly string[]): Promise<readonly SagaRecord[]> {
    return sagaIds.flatMap((sagaId) => {
      const row = this.#rows.get(sagaId);
      return row === undefined ? [] : [recordOf(row)];
    });
  }

  async logs(sagaId: string): Promise<readonly LogEntry[]> {
    return structuredClone(this.#rows.get(sagaId)?.logs ?? []);
  }

  async release(sagas: readonly { sagaId: string; revision: number }[]): Promise<void> {
    for (const { sagaId, revision } of sagas) {
      const row = this.#rows.get(sagaId);
      if (row?.revision !== revision || row.dueAt === null) continue;
      this.#rows.set(sagaId, { ...row, owner: null, dueAt: this.#now() });
    }
  }

  async forgetIdempotencyKey(sagaId: string): Promise<void> {
    const row = this.#rows.get(sagaId);
    if (row === undefined) return;
    const { idempotency: _, ...rest } = row;
    this.#rows.set(sagaId, rest);
  }

  async inFlight(): Promise<readonly { type: string; version: number; count: number }[]> {
    const counts = new Map<string, { type: string; version: number; count: number }>();
    for (const { saga } of this.#rows.values()) {
      if (hasEnded(saga)) continue;
      const { type, version } = saga;
      const key = `${type}@${version}`;
      counts.set(key, { type, version, count: (counts.get(key)?.count ?? 0) + 1 });
    }
    return [...counts.values()];
  }

  async countByStatus(): Promise<Partial<Record<SagaStatus, number>>> {
    const counts: Partial<Record<SagaStatus, number>> = {};
    for (const { saga } of this.#rows.values()) counts[saga.status] = (counts[saga.status] ?? 0) + 1;
    return counts;
  }

  isItemError(error: unknown): boolean {
    return error instanceof UnwritableError;
  }
}

function copyOf<T>(value: T): T {
  try {
    return JSON.parse(JSON.stringify(value)) as T;
  } catch (cause) {
    throw new UnwritableError('a saga carries something that is not JSON', { cause });
  }
}

function recordOf({ saga, revision, owner, idempotency }: Row): SagaRecord {
  return { saga: structuredClone(saga), revision, owner, ...(idempotency !== undefined && { idempotency }) };
}

function matches({ saga, idempotency }: Row, key: SagaKey): boolean {
  if (key.by === 'id') return saga.sagaId === key.sagaId;
  if (key.by === 'businessKey') return saga.type === key.type && saga.businessKey === key.businessKey;
  return idempotency?.scope === key.scope && idempotency.key === key.key;
}
