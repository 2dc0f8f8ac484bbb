import type { Findings } from '../findings.js';
import type { Books, ReservedLine } from './rows.js';

/** I4, I5: an order holds what it was confirmed over, and nothing if it was not. At rest. */
export function auditReservations(books: Books, byHand: boolean, findings: Findings): void {
  if (books.order?.status === 'CONFIRMED') auditConfirmed(books, findings);
  else if (!byHand) auditOthers(books, findings);
}

/** I4: every line has a reservation of that quantity; and no other product has one. */
function auditConfirmed({ orderId, order, reserved }: Books, findings: Findings): void {
  findings.checked('I4');
  const ordered = inWords(unitsOf(order?.lines ?? []));
  const held = inWords(unitsOf(heldLines(reserved?.lines)));
  if (ordered === held) return;
  const text = `order ${orderId} is CONFIRMED over ${ordered}, but ${held} is reserved for it`;
  findings.offence({ invariant: 'I4', text, orderId, uncertain: true });
}

/** I5: what is not confirmed holds nothing, cancelled or not known at all. */
function auditOthers({ orderId, order, reserved }: Books, findings: Findings): void {
  findings.checked('I5');
  const held = unitsOf(heldLines(reserved?.lines));
  if (held.size === 0) return;
  const status = order?.status ?? 'unknown to the order-service';
  const text = `order ${orderId} is ${status}, but ${inWords(held)} is reserved for it`;
  findings.offence({ invariant: 'I5', text, orderId, uncertain: true });
}

const heldLines = (lines: readonly ReservedLine[] | null | undefined): readonly ReservedLine[] =>
  (lines ?? []).filter(([, , , status]) => status === 'RESERVED' || status === 'COMMITTED');

/** Units per product; the same product may stand on several lines. */
function unitsOf(lines: readonly (readonly [productId: string, quantity: number, ...unknown[]])[]) {
  const units = new Map<string, number>();
  for (const [productId, quantity] of lines) units.set(productId, (units.get(productId) ?? 0) + quantity);
  return units;
}

const inWords = (units: ReadonlyMap<string, number>): string =>
  [...units]
    .map(([productId, quantity]) => `${quantity} of ${productId}`)
    .sort()
    .join(', ') || 'nothing';
