import { z } from 'zod';

/** A UUID, lower-cased, hyphenated, of a version that exists (so neither nil nor max). */
export const uuid = z
  .string()
  .regex(/^[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[1-8][0-9a-fA-F]{3}-[89abAB][0-9a-fA-F]{3}-[0-9a-fA-F]{12}$/, {
    message: 'must be a UUID such as 660facf7-b9cf-417a-8ee1-27afe2fb2c72',
  })
  .transform((value) => value.toLowerCase());

/** Who buys: 1 to 64 of A–Z, a–z, 0–9, hyphen, underscore. */
export const userId = z.string().regex(/^[A-Za-z0-9_-]{1,64}$/, {
  message: 'must be 1 to 64 characters of A-Z, a-z, 0-9, - and _',
});

/** Money as a decimal string with exactly two digits: `29.99`. At most 9,999,999,999.99. */
export const moneyText = z.string().regex(/^(0|[1-9]\d{0,9})\.\d{2}$/, {
  message: 'must be a decimal string with two digits, such as "29.99"',
});

/** ISO 4217 code in capitals. */
export const currency = z.string().regex(/^[A-Z]{3}$/, { message: 'must be a currency code such as "USD"' });

/** How many units of one product: a whole number from 1 to 1000. */
export const quantity = z.int().min(1).max(1000);

/** RFC 3339, UTC. */
export const timestamp = z.iso.datetime();

/** One line of a cart: what, how many, and the price of one unit that the customer saw. */
export const lineItem = z.strictObject({ productId: uuid, quantity, price: moneyText });
export type LineItem = z.output<typeof lineItem>;

/** The lines of one checkout: at least one, at most 50. */
export const lineItems = z.array(lineItem).min(1).max(50);

/**
 * How to pay: a method that the provider understands, and which provider. Without a choice it is a plain `card`, which
 * may be declined like any other; `tok_visa` always succeeds.
 */
export const paymentChoice = z.strictObject({
  method: z
    .string()
    .regex(/^[A-Za-z0-9_-]{1,64}$/, { message: 'must be 1 to 64 characters of A-Z, a-z, 0-9, - and _' })
    .default('card'),
  provider: z.enum(['simulated']).default('simulated'),
});
export type PaymentChoice = z.output<typeof paymentChoice>;
