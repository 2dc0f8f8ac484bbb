import type { Findings } from '../findings.js';
import type { Books } from './rows.js';

/** Cost and units of one product, as somebody wrote it down. */
type Priced = readonly [productId: string, quantity: number, price: string];

/**
 * I10: an order's total is the sum of its lines, and its lines are what the others wrote down at that time: the catalog's
 * price, which the inventory noted with the reservation, and what the customer was shown. All of it is written once and
 * never changed, so it holds at every moment.
 */
export function auditTotal(books: Books, findings: Findings): void {
  const { orderId, order, reserved, sagas } = books;
  if (order === undefined || order.total === null) return;
  findings.checked('I10');
  const offend = (text: string, what: string) =>
    findings.offence({ invariant: 'I10', text: `order ${orderId}: ${text}`, orderId, what });
  if (order.sum !== order.total) offend(`its total is ${order.total}, its lines cost ${order.sum ?? 'nothing'}`, 'sum');
  const ordered = pricesOf(order.lines ?? []);
  for (const [productId, noted] of pricesOf(reserved?.lines ?? [])) {
    const price = ordered.get(productId);
    if (price !== noted)
      offend(`product ${productId} was ordered at ${price ?? 'no price'}, the catalog said ${noted}`, productId);
  }
  const foreign = reserved?.currencies?.find((currency) => currency !== order.currency);
  if (foreign) offend(`it is in ${order.currency}, the catalog’s prices are in ${foreign}`, 'currency');
  const [saga] = sagas;
  if (!saga?.items) return;
  const sent = inWords(saga.items.map(({ productId, quantity, price }) => [productId, quantity, price]));
  const kept = inWords(order.lines ?? []);
  if (sent !== kept) offend(`the customer sent ${sent}, the order has ${kept}`, 'sent');
  if (saga.currency !== order.currency)
    offend(`the customer was shown ${saga.currency}, the order is in ${order.currency}`, 'shown');
}

/** The price of each product; several, if its lines do not agree. */
function pricesOf(lines: readonly (readonly [productId: string, quantity: number, price: string, ...unknown[]])[]) {
  const prices = new Map<string, string>();
  for (const [productId, , price] of lines) {
    const known = prices.get(productId);
    prices.set(productId, known === undefined || known === price ? price : `${known} and ${price}`);
  }
  return prices;
}

const inWords = (lines: readonly Priced[]): string =>
  lines
    .map(([productId, quantity, price]) => `${quantity} of ${productId} at ${price}`)
    .sort()
    .join(', ') || 'nothing';
