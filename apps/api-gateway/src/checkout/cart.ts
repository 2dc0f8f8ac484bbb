import type { CheckoutBody } from '@saga-checkout/shared-types';
import { type FieldError, HttpProblem } from '../problem.js';

/** 9,999,999,999.99, as much as `numeric(12,2)` holds; in minor units. */
const MAX_TOTAL_MINOR = 999_999_999_999;

type Lines = CheckoutBody['items'];

/** Throws a problem (422) for a cart that is well-formed and still cannot be bought. */
export function assertPossible(items: Lines): void {
  if (items.length > 1) assertOnePriceEach(items);
  if (totalMinor(items) > MAX_TOTAL_MINOR)
    throw new HttpProblem('TOTAL_TOO_LARGE', 'The total of a checkout may be at most 9999999999.99.');
}

/**
 * Minor units in a plain number: exact up to 2^53, and whatever is rounded beyond that is far over the limit. (Amounts
 * that are stored or charged are bigint; this one is only compared.)
 */
const totalMinor = (items: Lines): number =>
  items.reduce((sum, { quantity, price }) => sum + quantity * Number(price.replace('.', '')), 0);

function assertOnePriceEach(items: Lines): void {
  const prices = new Map<string, string>();
  const errors: FieldError[] = [];
  items.forEach(({ productId, price }, index) => {
    const first = prices.get(productId);
    if (first === undefined) prices.set(productId, price);
    else if (first !== price)
      errors.push({
        pointer: `/items/${index}/price`,
        code: 'CONFLICTING_PRICES',
        message: `differs from ${first}, the price of the same product in an earlier line`,
      });
  });
  if (errors.length > 0)
    throw new HttpProblem('CONFLICTING_PRICES', 'A product that is listed twice must have one price.', { errors });
}
