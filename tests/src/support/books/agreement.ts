import type { Problem } from './problem.js';
import type { OrderRow, Tables } from './tables.js';

/** What a customer was told: the answer's ids and status. */
export interface Acknowledged {
  readonly orderId: string;
  readonly sagaId: string;
  /** The HTTP status of the answer. */
  readonly status: number;
}

/** Whether somebody sent an order's commands by hand, so that it has no saga. */
export type ByHand = (orderId: string) => boolean;

/** I4, I5, I11: all participants agree on how each order ended. Hold once all sagas have ended. */
export function agreementProblems(tables: Tables, byHand: ByHand): Problem[] {
  return [...confirmedIsReserved(tables), ...nothingHeldBack(tables, byHand), ...sagasAgree(tables, byHand)];
}

/** I4: order CONFIRMED ⇒ every line has a reservation RESERVED or COMMITTED of that quantity, and nothing else has. */
function* confirmedIsReserved({ orders, reserved }: Tables): Iterable<Problem> {
  for (const order of orders.values()) {
    if (order.status !== 'CONFIRMED') continue;
    const held = heldLines(reserved.get(order.id)?.lines ?? {});
    const ordered = Object.entries(order.lines)
      .map(([id, { quantity }]) => `${quantity} of ${id}`)
      .sort();
    if (held.join() === ordered.join()) continue;
    const text = `order ${order.id} is CONFIRMED over ${ordered.join(', ')}, but reserved is ${held.join(', ') || 'nothing'}`;
    yield { invariant: 'I4', text };
  }
}

/** I5: order CANCELLED ⇒ no reservation RESERVED or COMMITTED; neither has an order that nobody knows, or that hangs. */
function* nothingHeldBack({ orders, reserved }: Tables, byHand: ByHand): Iterable<Problem> {
  for (const { orderId, lines } of reserved.values()) {
    const status = orders.get(orderId)?.status ?? 'unknown';
    const held = heldLines(lines);
    if (status === 'CONFIRMED' || held.length === 0 || byHand(orderId)) continue;
    yield { invariant: 'I5', text: `order ${orderId} is ${status}, but holds ${held.join(', ')}` };
  }
}

function heldLines(
  lines: Tables['reserved'] extends ReadonlyMap<string, infer Row extends { lines: unknown }> ? Row['lines'] : never,
) {
  const held = Object.entries(lines).filter(([, { status }]) => status !== 'RELEASED');
  return held.map(([id, { quantity }]) => `${quantity} of ${id}`).sort();
}

/** I11: saga COMPLETED ⇔ order CONFIRMED; saga COMPENSATED ⇔ order CANCELLED or never created. */
function* sagasAgree({ sagas, orders, reserved, payments }: Tables, byHand: ByHand): Iterable<Problem> {
  for (const { sagaId, orderId, status } of sagas.values()) {
    const order = orders.get(orderId);
    if (agrees(status, order)) continue;
    const text = `saga ${sagaId} is ${status}, but its order ${orderId} ${order ? `is ${order.status}` : 'was never created'}`;
    yield { invariant: 'I11', text };
  }
  for (const [what, rows] of Object.entries({ orders, reservations: reserved, payments })) {
    for (const id of rows.keys()) {
      if (!sagas.has(id) && !byHand(id)) yield { invariant: 'I11', text: `${what}: order ${id} has no saga` };
    }
  }
}

function agrees(saga: string, order: OrderRow | undefined): boolean {
  if (saga === 'COMPLETED') return order?.status === 'CONFIRMED';
  return saga === 'COMPENSATED' && (order === undefined || order.status === 'CANCELLED');
}

/** I15: every acknowledged checkout has exactly one saga, and it ended as the customer was told. */
export function acknowledgementProblems({ sagas }: Tables, acknowledged: readonly Acknowledged[]): Problem[] {
  const problems: Problem[] = [];
  for (const { orderId, sagaId, status } of acknowledged) {
    const saga = sagas.get(orderId);
    const told = `a customer was answered ${status} for order ${orderId}, saga ${sagaId}`;
    if (saga?.sagaId !== sagaId)
      problems.push({ invariant: 'I15', text: `${told}, but its saga is ${saga?.sagaId ?? 'not there'}` });
    else if (status !== 202 && (status === 201) !== (saga.status === 'COMPLETED'))
      problems.push({ invariant: 'I15', text: `${told}, but that is ${saga.status}` });
  }
  return problems;
}
