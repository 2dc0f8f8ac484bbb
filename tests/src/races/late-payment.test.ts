import { randomUUID } from 'node:crypto';
import { expect, it } from 'vitest';
import { cartOf, line } from '../support/cart.js';
import { PATIENTLY } from '../support/http.js';
import { numbers, operate } from '../support/racing.js';
import { sharedShop } from '../support/shared-shop.js';
import { Watch } from '../support/watch.js';

const shop = sharedShop();
const ORDERS = 60;
/** After which the slow card's provider, which takes the money at once, says so; in ms. */
const SLOW_MS = 2_000;

/** When the saga gives up: as soon as the money is asked for; the provider has it; the payment is recorded. */
const PAYING = Watch.step(shop, 'processPayment');
const MOMENTS = [
  PAYING,
  new Watch(
    shop,
    'payments',
    `select idempotency_key as id from provider_ledger where idempotency_key = any ($1) and kind = 'CAPTURE'`,
  ),
  new Watch(shop, 'payments', `select order_id as id from payments where order_id = any ($1) and status = 'SUCCESS'`),
];

interface Raced {
  readonly givenUp: boolean;
  /** What the customer is told who asks again. */
  readonly outcome: number;
  readonly saga: string;
  readonly order: string;
  readonly payment: string;
  /** What the provider's books say; null: it was never asked. */
  readonly ledger: string | null;
  /** From the capture to the end of the saga, in ms. */
  readonly endedMs: number;
}

/** Pays by a slow card; the saga gives up its payment meanwhile, without awaiting what comes of it. */
async function race(productId: string, number: number): Promise<Raced> {
  const cart = cartOf([line({ id: productId, price: '10.00' })], 'tok_slow');
  const key = { 'idempotency-key': randomUUID() };
  const { orderId, sagaId } = (await shop.order(cart, key, shop.gateways[number % 2])).body;
  await MOMENTS[number % MOMENTS.length]?.reached(orderId);
  const answer = await operate(shop, sagaId, 'compensate', (number >> 1) % 2);
  expect([202, 409]).toContain(answer);
  const { status: outcome } = await shop.checkout(cart, { ...key, ...PATIENTLY });
  const saga = await shop.row<{ status: string; ended: Date }>(
    'orchestrator',
    'select status, completed_at as ended from saga_state where saga_id = $1',
    [sagaId],
  );
  const { order } = await shop.row<{ order: string }>('orders', 'select status as order from orders where id = $1', [
    orderId,
  ]);
  const paid = await shop.row<{ payment: string; ledger: string | null; captured: Date | null }>(
    'payments',
    `select status as payment, (select string_agg(kind, ' ' order by id) from provider_ledger where idempotency_key = $1) as ledger,
       (select created_at from provider_ledger where idempotency_key = $1 and kind = 'CAPTURE') as captured
     from payments where order_id = $1::uuid`,
    [orderId],
  );
  const endedMs = saga.ended.getTime() - (paid.captured ?? saga.ended).getTime();
  const { payment, ledger } = paid;
  return { givenUp: answer === 202, outcome, saga: saga.status, order, payment, ledger, endedMs };
}

it('a payment that succeeds after the saga gave up is given back, and nothing is confirmed', async () => {
  const { id } = await shop.product(ORDERS);
  const raced = await Promise.all(numbers(ORDERS).map((number) => race(id, number)));
  const back = { outcome: 409, saga: 'COMPENSATED', order: 'CANCELLED' };
  const refunded = { ...back, payment: 'REFUNDED', ledger: 'CAPTURE REFUND' };
  // The refund was there before the capture, or even before the payment: the provider's key is closed, or was never used.
  const neverTaken = (ledger: string | null) => ({ ...back, payment: 'CANCELLED', ledger });
  const kept = { outcome: 201, saga: 'COMPLETED', order: 'CONFIRMED', payment: 'SUCCESS', ledger: 'CAPTURE' };
  const ends = raced.map(({ givenUp: _, endedMs: __, ...end }) => end);
  expect(ends).toEqual(
    raced.map(({ givenUp, ledger }, number) => {
      if (!givenUp) return kept;
      const mayBeEarly = MOMENTS[number % MOMENTS.length] === PAYING;
      return mayBeEarly && (ledger === 'CLOSED' || ledger === null) ? neverTaken(ledger) : refunded;
    }),
  );

  const givenUp = raced.filter((each) => each.givenUp);
  expect(await shop.stock(id)).toEqual({ stock: givenUp.length, reserved: ORDERS - givenUp.length });
  // The provider had the money and had not said so when the saga was over: its yes came later.
  const late = givenUp.filter(({ payment, endedMs }) => payment === 'REFUNDED' && endedMs < SLOW_MS);
  expect(late.length).toBeGreaterThan(ORDERS / 20);
});
