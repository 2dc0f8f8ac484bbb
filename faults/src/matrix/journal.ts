import type { Shop } from '../shop/shop.js';

/** What the journal says happened to a saga. */
export interface Entry {
  readonly event: string;
  readonly step: string | null;
  /** Epoch ms. */
  readonly at: number;
}

/** A saga by its id, and by that of its order. */
export interface SagaIds {
  readonly sagaId: string;
  readonly orderId: string;
}

/** The latest saga, if it began since then (epoch ms); undefined if none is in the journal. */
export async function latestSagaSince(shop: Shop, sinceMs: number): Promise<SagaIds | undefined> {
  const text = `select saga_id as "sagaId", business_key as "orderId" from saga_state where created_at >= $1
    order by created_at desc limit 1`;
  return (await shop.rows<{ sagaId: string; orderId: string }>('orchestrator', text, [new Date(sinceMs)]))[0];
}

/** A saga's journal, in its order. */
export async function journalOf(shop: Shop, { sagaId }: SagaIds): Promise<Entry[]> {
  const text = 'select event, step, created_at as at from saga_logs where saga_id = $1 order by seq';
  const rows = await shop.rows<{ event: string; step: string | null; at: Date }>('orchestrator', text, [sagaId]);
  return rows.map(({ event, step, at }) => ({ event, step, at: at.getTime() }));
}
