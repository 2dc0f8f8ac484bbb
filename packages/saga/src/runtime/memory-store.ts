import { evolve } from '../core/evolve.js';
import type { LogEntry } from '../core/log.js';
import { hasEnded } from '../core/saga.js';
import { claimed } from './memory-claim.js';
import { Definitions } from './memory-definitions.js';
import { list } from './memory-list.js';
import { prune } from './memory-prune.js';
import { headOf, logsOf, type Row, recordOf, stateOf, Table } from './memory-table.js';
import { checkQuery } from './pages.js';
import type { SagaPage, SagaQuery } from './saga-query.js';
import type {
  Claim,
  JournalWrite,
  Pruned,
  Retention,
  SagaCount,
  SagaKey,
  SagaRecord,
  SagaStore,
  StoredDefinition,
  WriteResult,
} from './store.js';

/** Something that JSON cannot say, so that no journal could keep it. */
class UnwritableError extends Error {}

/** A store for tests and examples: everything is gone with the process. Like a database it keeps JSON, not objects. */
export class MemoryStore implements SagaStore {
  readonly #table = new Table();
  readonly #definitions = new Definitions();
  readonly #now: () => number;

  constructor(now: () => number = Date.now) {
    this.#now = now;
  }

  async write(round: readonly JournalWrite[]): Promise<readonly WriteResult[]> {
    const written = round.map((write) => ({ write, state: jsonOf(write.saga), logs: jsonOf(write.logs) }));
    return written.map(({ write, state, logs }) => {
      const row = this.#table.get(write.saga.sagaId);
      if (write.revision === 0 ? this.#isTaken(write) : row?.revision !== write.revision) return 'lost';
      this.#put(write, { state, logs: [...(row?.logs ?? []), logs] }, row);
      return 'written';
    });
  }

  #put(
    { saga, revision, owner, dueInMs, idempotency }: JournalWrite,
    json: Pick<Row, 'state' | 'logs'>,
    row: Row | undefined,
  ): void {
    const kept = idempotency ?? row?.idempotency;
    this.#table.put({
      ...headOf(saga),
      ...json,
      revision: revision + 1,
      owner,
      dueAt: dueInMs === null ? null : this.#now() + dueInMs,
      ...(kept !== undefined && { idempotency: kept }),
    });
  }

  #isTaken({ saga: { sagaId, type, businessKey }, idempotency }: JournalWrite): boolean {
    const keys: SagaKey[] = [
      { by: 'id', sagaId },
      { by: 'businessKey', type, businessKey },
    ];
    if (idempotency !== undefined) keys.push({ by: 'idempotencyKey', ...idempotency });
    return keys.some((key) => this.#table.find(key) !== undefined);
  }

  async claim(claim: Claim): Promise<readonly SagaRecord[]> {
    return claimed(this.#table.open(), claim, this.#now()).map((row) => this.#take(row, claim));
  }

  #take(row: Row, { owner, holdMs }: Claim): SagaRecord {
    const at = this.#now();
    const before = stateOf(row);
    const seq = before.logSeq + 1;
    const entry: LogEntry = { seq, event: 'SAGA_CLAIMED', step: null, attempt: null, data: { owner }, at };
    const taken = {
      ...row,
      state: jsonOf(evolve(before, entry)),
      logs: [...row.logs, jsonOf([entry])],
      owner,
      revision: row.revision + 1,
      dueAt: at + holdMs,
    };
    this.#table.put(taken);
    return recordOf(taken);
  }

  async find(key: SagaKey): Promise<SagaRecord | undefined> {
    const row = this.#table.find(key);
    return row && recordOf(row);
  }

  async load(sagaIds: readonly string[]): Promise<readonly SagaRecord[]> {
    return [...new Set(sagaIds)].flatMap((sagaId) => {
      const row = this.#table.get(sagaId);
      return row === undefined ? [] : [recordOf(row)];
    });
  }

  async loadEnded(sagaIds: readonly string[]): Promise<readonly SagaRecord[]> {
    return (await this.load(sagaIds)).filter(({ saga }) => hasEnded(saga));
  }

  async logs(sagaId: string): Promise<readonly LogEntry[]> {
    const row = this.#table.get(sagaId);
    return row === undefined ? [] : logsOf(row);
  }

  async release(sagas: readonly { sagaId: string; revision: number }[]): Promise<void> {
    for (const { sagaId, revision } of sagas) {
      const row = this.#table.get(sagaId);
      if (row?.revision !== revision || row.dueAt === null) continue;
      this.#table.put({ ...row, owner: null, dueAt: this.#now() });
    }
  }

  async forgetIdempotencyKey(sagaId: string): Promise<void> {
    const row = this.#table.get(sagaId);
    if (row === undefined) return;
    const { idempotency: _, ...rest } = row;
    this.#table.put(rest);
  }

  async inFlight(): Promise<readonly { type: string; version: number; count: number }[]> {
    return counted([...this.#table.open()].map(({ type, version }) => ({ type, version })));
  }

  async counts(): Promise<readonly SagaCount[]> {
    return counted([...this.#table.open()].map(({ type, version, status }) => ({ type, version, status })));
  }

  async list(query: SagaQuery): Promise<SagaPage> {
    return list(this.#table.all(), checkQuery(query));
  }

  async prune(retention: Retention): Promise<Pruned> {
    return prune(this.#table, retention, this.#now());
  }

  async register(definitions: readonly StoredDefinition[]): Promise<readonly StoredDefinition[]> {
    return definitions.map((definition) => this.#definitions.register(definition));
  }

  async replaceDefinition(definition: StoredDefinition): Promise<boolean> {
    const { type, version } = definition;
    for (const row of this.#table.open()) if (row.type === type && row.version === version) return false;
    this.#definitions.replace(definition);
    return true;
  }

  isItemError(error: unknown): boolean {
    return error instanceof UnwritableError;
  }
}

function jsonOf(value: unknown): string {
  try {
    return JSON.stringify(value);
  } catch (cause) {
    throw new UnwritableError('a saga carries something that is not JSON', { cause });
  }
}

/** Equal things once each, with how many there are. */
function counted<T extends object>(things: readonly T[]): (T & { count: number })[] {
  const counts = new Map<string, T & { count: number }>();
  for (const thing of things) {
    const key = JSON.stringify(thing);
    counts.set(key, { ...thing, count: (counts.get(key)?.count ?? 0) + 1 });
  }
  return [...counts.values()];
}
