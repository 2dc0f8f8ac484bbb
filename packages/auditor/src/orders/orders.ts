import type { Sources } from '../databases/sources.js';
import type { Findings } from '../findings.js';
import type { Acknowledgements } from './acknowledged.js';
import { auditAgreement, auditOrphan, currentSagas, firstHeardOf } from './agreement.js';
import { auditCaptured, auditLedger, auditPaid, auditRefunds } from './money.js';
import { allBooks } from './read.js';
import { auditReservations } from './reservations.js';
import type { Books } from './rows.js';
import { auditTotal } from './totals.js';

export interface OrdersOptions {
  /** Also what holds only once the order's saga has ended. */
  readonly atRest: boolean;
  readonly acknowledgements: Acknowledgements;
  /** Whether somebody sent an order's commands by hand, so that it has no saga. */
  readonly byHand: (orderId: string) => boolean;
  /** Only these orders. */
  readonly only?: readonly string[];
}

/** What compares several databases, order by order: I4 to I11, and of I15 what customers were told. */
export async function auditOrders(sources: Sources, options: OrdersOptions, findings: Findings): Promise<void> {
  const { only, atRest, acknowledgements } = options;
  const keptSince = atRest ? await journalKeptSince(sources) : Number.NEGATIVE_INFINITY;
  for await (const books of allBooks(sources, only)) {
    auditPaid(books, findings);
    auditRefunds(books, findings);
    auditTotal(books, findings);
    if (atRest) auditSettled(books, keptSince, options, findings);
  }
  if (atRest) acknowledgements.compareTheRest(findings, only && new Set(only));
}

/** An order whose saga is under way owes nothing yet. */
function auditSettled(books: Books, keptSince: number, options: OrdersOptions, findings: Findings): void {
  const { orderId } = books;
  const byHand = options.byHand(orderId);
  const sagas = currentSagas(books);
  options.acknowledgements.compare(orderId, books.sagas, findings);
  if (sagas.some(({ status }) => status !== 'COMPLETED' && status !== 'COMPENSATED')) return;
  auditReservations(books, byHand, findings);
  auditCaptured(books, findings);
  auditLedger(books, findings);
  const [saga] = sagas;
  if (saga !== undefined) auditAgreement(books, saga, findings);
  else if (!byHand && firstHeardOf(books) >= keptSince) auditOrphan(books, findings);
}

/**
 * Since when the journal has every saga: the row of a saga that ended long ago is deleted some time after it was emptied,
 * so orders older than the oldest emptied row may have none. Epoch ms.
 */
async function journalKeptSince({ orchestrator }: Sources): Promise<number> {
  if (!(await orchestrator.columns('saga_state')).has('pruned_at')) return Number.NEGATIVE_INFINITY;
  const text = `select (extract(epoch from min(created_at)) * 1000)::float8 as since from saga_state where pruned_at is not null`;
  const [row] = await orchestrator.rows<{ since: number | null }>(text);
  return row?.since ?? Number.NEGATIVE_INFINITY;
}
