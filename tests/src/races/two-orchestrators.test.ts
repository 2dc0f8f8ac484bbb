import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { cartOf, line } from '../support/cart.js';
import { eventually } from '../support/eventually.js';
import { PATIENTLY } from '../support/http.js';
import { numbers, others, sharedProcesses } from '../support/racing.js';
import { sharedShop } from '../support/shared-shop.js';

const shop = sharedShop();
const processes = sharedProcesses();
const SAGAS = 60;

/** What an orchestrator's owner name ends with: its port. */
const ownerOf = (replica: number) => `%:${new URL(shop.urlOf('orchestrator', replica)).port}`;

const sagasOf = async (orderIds: readonly string[], replica: number): Promise<number> => {
  const text = `select count(*)::int as n from saga_state
    where business_key = any ($1) and completed_at is null and current_step = 'processPayment' and owner like $2`;
  return (await shop.row<{ n: number }>('orchestrator', text, [orderIds, ownerOf(replica)])).n;
};

async function active(replica: number): Promise<number> {
  const metrics = await (await fetch(`${shop.urlOf('orchestrator', replica)}/metrics`)).text();
  return Number(/^saga_active(?:{.*})? (\d+)$/m.exec(metrics)?.[1]);
}

describe('two orchestrators and one saga', () => {
  it.each([
    ['orchestrator', 0, 1],
    ['orchestrator-2', 1, 0],
  ] as const)(
    '%s is stopped for longer than a step timeout, and goes on: it has lost',
    async (name, stopped, sibling) => {
      const product = await shop.product(SAGAS);
      const carts = numbers(SAGAS).map((number) => ({
        cart: cartOf([line(product)], 'tok_slow'),
        key: { 'idempotency-key': randomUUID() },
        door: shop.gateways[number % 2],
      }));
      const placed = await Promise.all(carts.map(({ cart, key, door }) => shop.order(cart, key, door)));
      expect(others(placed, 202)).toEqual([]);
      const orderIds = placed.map(({ body }) => body.orderId as string);
      const enough = async () => (await sagasOf(orderIds, stopped)) >= SAGAS / 4;
      await eventually(`sagas of ${name} to await their payments`, enough, { everyMs: 5 });
      // Their answers come while it is stopped: it hears them when the sibling has long gone on.
      processes.stop(name);
      const text = `select business_key from saga_state where business_key = any ($1) and completed_at is null`;
      const none = async () => (await shop.rows('orchestrator', text, [orderIds])).length === 0;
      await eventually('the sibling to end all sagas', none, { timeoutMs: 45_000 });
      const claims = `select count(*)::int as n from saga_logs l join saga_state s using (saga_id)
      where s.business_key = any ($1) and l.event = 'SAGA_CLAIMED' and l.data ->> 'owner' like $2`;
      const { n } = await shop.row<{ n: number }>('orchestrator', claims, [orderIds, ownerOf(sibling)]);
      expect(n).toBeGreaterThanOrEqual(SAGAS / 4);
      const before = await revisions(orderIds);

      processes.goOn(name);
      await expect.poll(() => active(stopped), { timeout: 20_000 }).toBe(0);
      expect(await revisions(orderIds)).toEqual(before);
      const outcomes = await Promise.all(
        carts.map(({ cart, key, door }) => shop.checkout(cart, { ...key, ...PATIENTLY }, door)),
      );
      expect(others(outcomes, 201)).toEqual([]);
      expect(outcomes.map(({ body }) => body.orderId)).toEqual(orderIds);
      expect(await shop.stock(product.id)).toEqual({ stock: 0, reserved: SAGAS });
      const ledger = `select kind, count(*)::int as n from provider_ledger where idempotency_key = any ($1) group by kind`;
      expect(await shop.rows('payments', ledger, [orderIds])).toEqual([{ kind: 'CAPTURE', n: SAGAS }]);
    },
  );
});

function revisions(orderIds: readonly string[]): Promise<unknown[]> {
  const text = `select business_key, revision, log_seq, status from saga_state where business_key = any ($1) order by 1`;
  return shop.rows('orchestrator', text, [orderIds]);
}
