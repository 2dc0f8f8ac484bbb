import type { LogEntry } from '../core/log.js';
import { hasEnded, type SagaState } from '../core/saga.js';
import type { IdempotencyRecord, SagaKey, SagaRecord } from './store.js';

/** What of a saga's state can be looked at without parsing it. */
type Head = Pick<SagaState, 'sagaId' | 'type' | 'version' | 'status' | 'businessKey' | 'createdAt'>;

/** One saga in memory. */
export interface Row extends Head {
  readonly endedAt?: number;
  /** The saga's state as JSON: like a database, the store keeps no objects. */
  readonly state: string;
  /** Entries as JSON, one list per write. */
  readonly logs: readonly string[];
  readonly revision: number;
  readonly owner: string | null;
  readonly dueAt: number | null;
  readonly idempotency?: IdempotencyRecord;
  readonly prunedAt?: number;
}

/** What a row says of its saga. */
export function headOf(saga: SagaState): Head & { endedAt?: number } {
  const { sagaId, type, version, status, businessKey, createdAt } = saga;
  const head = { sagaId, type, version, status, businessKey, createdAt };
  return hasEnded(saga) ? { ...head, endedAt: saga.endedAt } : head;
}

export const stateOf = ({ state }: Row): SagaState => JSON.parse(state) as SagaState;

export const logsOf = ({ logs }: Row): LogEntry[] => logs.flatMap((list) => JSON.parse(list) as LogEntry[]);

export function recordOf(row: Row): SagaRecord {
  const { revision, owner, idempotency, prunedAt } = row;
  return {
    saga: stateOf(row),
    revision,
    owner,
    ...(idempotency !== undefined && { idempotency }),
    ...(prunedAt !== undefined && { prunedAt }),
  };
}

const businessKeyOf = ({ type, businessKey }: { type: string; businessKey: string }) =>
  JSON.stringify([type, businessKey]);
const idempotencyKeyOf = ({ scope, key }: { scope: string; key: string }) => JSON.stringify([scope, key]);

/** Rows with the indexes that keep reading and writing fast, however many there are. */
export class Table {
  readonly #byId = new Map<string, Row>();
  readonly #byBusinessKey = new Map<string, string>();
  readonly #byIdempotencyKey = new Map<string, string>();
  readonly #open = new Map<string, Row>();

  /** All rows. */
  all(): Iterable<Row> {
    return this.#byId.values();
  }

  /** Rows of sagas that have not ended. */
  open(): Iterable<Row> {
    return this.#open.values();
  }

  get(sagaId: string): Row | undefined {
    return this.#byId.get(sagaId);
  }

  find(key: SagaKey): Row | undefined {
    return this.get(this.#idOf(key) ?? '');
  }

  #idOf(key: SagaKey): string | undefined {
    if (key.by === 'id') return key.sagaId;
    if (key.by === 'businessKey') return this.#byBusinessKey.get(businessKeyOf(key));
    return this.#byIdempotencyKey.get(idempotencyKeyOf(key));
  }

  /** Puts the row in the place of what had its id. Its keys must be its own. */
  put(row: Row): void {
    const { sagaId, idempotency } = row;
    const before = this.#byId.get(sagaId);
    this.#byId.set(sagaId, row);
    if (row.endedAt === undefined) this.#open.set(sagaId, row);
    else this.#open.delete(sagaId);
    if (before === undefined) this.#byBusinessKey.set(businessKeyOf(row), sagaId);
    if (before?.idempotency === idempotency) return;
    if (before?.idempotency !== undefined) this.#byIdempotencyKey.delete(idempotencyKeyOf(before.idempotency));
    if (idempotency !== undefined) this.#byIdempotencyKey.set(idempotencyKeyOf(idempotency), sagaId);
  }

  delete(sagaId: string): void {
    const row = this.#byId.get(sagaId);
    if (row === undefined) return;
    this.#byId.delete(sagaId);
    this.#open.delete(sagaId);
    this.#byBusinessKey.delete(businessKeyOf(row));
    if (row.idempotency !== undefined) this.#byIdempotencyKey.delete(idempotencyKeyOf(row.idempotency));
  }
}
