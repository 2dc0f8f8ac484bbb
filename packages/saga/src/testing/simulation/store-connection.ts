import type { Clock } from '../../runtime/ports.js';
import type { Claim, JournalWrite, SagaRecord, SagaStore, WriteResult } from '../../runtime/store.js';
import type { Boundary } from './interference.js';
import type { JournalWatch } from './journal-watch.js';
import type { Life } from './life.js';

export interface ConnectionOptions {
  readonly store: SagaStore;
  readonly life: Life;
  readonly clock: Clock;
  readonly watch: JournalWatch;
  readonly boundary: (boundary: Boundary) => void;
  readonly stir: () => void;
}

type Method = (...args: unknown[]) => Promise<unknown>;

/** The store as one process has it: nothing comes through once the process is dead, and nothing while it stalls. */
export function connect(options: ConnectionOptions): SagaStore {
  const { store, life, stir } = options;
  const special: Partial<Record<keyof SagaStore, Method>> = {
    write: (round) => write(options, round as readonly JournalWrite[]),
    claim: (claim) => takeOver(options, claim as Claim),
    release: (sagas) => release(options, sagas as Parameters<SagaStore['release']>[0]),
  };
  return new Proxy(store, {
    get(target, name: keyof SagaStore) {
      if (name === 'isItemError') return (error: unknown) => target.isItemError(error);
      const method = special[name] ?? ((...args: unknown[]) => (target[name] as Method).apply(target, args));
      return async (...args: unknown[]) => {
        if (!life.runs) await life.goesOn();
        const result = await method(...args);
        if (!life.runs) await life.goesOn();
        if (!isNothing(name, result)) stir();
        return result;
      };
    },
  });
}

/** A sweep for overdue sagas that finds none sets nothing going. */
const isNothing = (name: string, result: unknown): boolean =>
  name === 'claim' && Array.isArray(result) && result.length === 0;

async function write({ store, life, clock, watch, boundary }: ConnectionOptions, round: readonly JournalWrite[]) {
  const of = nameOf(round);
  boundary({ when: 'before', what: 'write', of });
  if (!life.runs) await life.goesOn();
  const results: readonly WriteResult[] = await store.write(round);
  round.forEach(({ saga, logs, owner, dueInMs }, index) => {
    const dueAt = dueInMs === null ? null : clock.now() + dueInMs;
    if (results[index] === 'written') watch.wrote({ saga, owner, dueAt }, logs);
  });
  boundary({ when: 'after', what: 'write', of });
  return results;
}

/** The first entry says which transition it is. */
function nameOf(round: readonly JournalWrite[]): string {
  const first = round[0]?.logs[0];
  if (first === undefined) return 'a due time';
  return first.step === null ? first.event : `${first.event} ${first.step}`;
}

async function takeOver({ store, clock, watch, boundary }: ConnectionOptions, claim: Claim) {
  const records: readonly SagaRecord[] = await store.claim(claim);
  watch.claimed(records, clock.now() + claim.holdMs);
  if (records.length > 0) boundary({ when: 'after', what: 'claim', of: claim.owner });
  return records;
}

async function release({ store, clock, watch }: ConnectionOptions, sagas: Parameters<SagaStore['release']>[0]) {
  await store.release(sagas);
  watch.released(
    sagas.map(({ sagaId }) => sagaId),
    clock.now(),
  );
}
