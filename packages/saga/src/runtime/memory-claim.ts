import type { Row } from './memory-table.js';
import type { Claim } from './store.js';

/** The rows that a claim takes: of each definition the longest overdue, in turns until the limit is reached. */
export function claimed(rows: Iterable<Row>, claim: Claim, now: number): readonly Row[] {
  const { limit } = claim;
  const candidates = claimable(rows, claim, now).flatMap((each) =>
    each
      .toSorted(byDueTime)
      .slice(0, limit)
      .map((row, turn) => ({ row, turn })),
  );
  candidates.sort((one, other) => one.turn - other.turn || byDueTime(one.row, other.row));
  return candidates.slice(0, limit).map(({ row }) => row);
}

const byDueTime = (one: Row, other: Row): number => (one.dueAt ?? 0) - (other.dueAt ?? 0);

/** What the claim may take, definition by definition. */
function claimable(rows: Iterable<Row>, claim: Claim, now: number): Row[][] {
  const found = new Map(claim.definitions.map(({ type, version }) => [`${version}:${type}`, [] as Row[]]));
  const except = new Set(claim.except);
  for (const row of rows) {
    if (isDue(row, claim, now) && !except.has(row.sagaId)) found.get(`${row.version}:${row.type}`)?.push(row);
  }
  return [...found.values()];
}

function isDue({ dueAt, owner }: Row, claim: Claim, now: number): boolean {
  if (dueAt === null) return false;
  if (claim.which === 'own') return owner === claim.owner;
  return dueAt <= now - (owner === null ? 0 : claim.graceMs);
}
