import { failureOf, type SagaState } from '../core/saga.js';
import { headOf, type Row, stateOf, type Table } from './memory-table.js';
import type { Pruned, Retention } from './store.js';

/** Drops what the retention says, of at most `limit` sagas in each of the two stages. */
export function prune(table: Table, { endedBefore, keysEndedBefore, limit }: Retention, now: number): Pruned {
  const isPruned = ({ prunedAt }: Row) => prunedAt !== undefined;
  const ended = firstEnded(table, Math.max(endedBefore, keysEndedBefore)).filter((row) => !isPruned(row));
  const emptied = ended.slice(0, limit);
  for (const row of emptied) table.put(withoutData(row, now));
  const gone = firstEnded(table, keysEndedBefore).filter(isPruned).slice(0, limit);
  for (const { sagaId } of gone) table.delete(sagaId);
  return { pruned: emptied.length, deleted: gone.length };
}

function firstEnded(table: Table, before: number): Row[] {
  const ended = [...table.all()].filter(({ endedAt = Infinity }) => endedAt < before);
  return ended.sort((one, other) => (one.endedAt ?? 0) - (other.endedAt ?? 0));
}

function withoutData(row: Row, prunedAt: number): Row {
  return { ...row, state: JSON.stringify(emptied(stateOf(row))), logs: [], prunedAt };
}

/** Keys and outcome of an ended saga. */
function emptied(saga: SagaState): object {
  const { code, message } = failureOf(saga) ?? {};
  const { logSeq, updatedAt, traceparent } = saga;
  return {
    ...headOf(saga),
    ...{ logSeq, updatedAt, traceparent, input: null, steps: {} },
    ...(code !== undefined && { failure: { code, message } }),
  };
}
