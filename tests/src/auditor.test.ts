import { audit, type InvariantName, invariants, type Report } from '@saga-checkout/auditor';
import { beforeAll, describe, expect, it } from 'vitest';
import { BREACHES, type Breach, type Change, type Stage } from './support/breaches.js';
import { byHand } from './support/by-hand.js';
import { BACKPACK, cartOf, line, someone } from './support/cart.js';
import { Customers, quickCart } from './support/customers.js';
import { eventually } from './support/eventually.js';
import { sharedShop } from './support/shared-shop.js';

/** An auditor who finds nothing wrong is only worth something if he would: each invariant is broken on purpose. */
const shop = sharedShop();
let stage: Stage;

beforeAll(async () => {
  const product = await shop.product(10);
  const buy = async (method?: string) => (await shop.checkout(cartOf([line(product, 2)], method))).body.orderId;
  const [confirmed, another, declined] = [await buy(), await buy(), await buy('tok_declined')];
  stage = { product: product.id, confirmed, another, declined, refunded: await refundedOrder() };
  await shop.settled();
  expect(await broken('rest')).toEqual([]);
});

/** A customer thinks better of it while the slow card is asked. */
async function refundedOrder(): Promise<string> {
  const userId = someone();
  const waiting = shop.checkout({ userId, items: [line(BACKPACK)], payment: { method: 'tok_slow' } });
  const orderId = await shop.orderOf(userId);
  await shop.sagaAt(orderId, 'processPayment');
  await shop.gateway.ask(`/api/orders/${orderId}/cancel`, { method: 'POST' });
  await waiting;
  return orderId;
}

/** What the auditor says of the databases; of the queues and dead letters, if it is asked. */
function reportOf(moment: Report['moment'], { graceMs = 200, withQueues = false } = {}): Promise<Report> {
  const { acknowledged, address } = shop;
  const broker = { url: address.rabbitmqUrl, managementUrl: address.managementUrl };
  const queues = withQueues ? { broker, countsAgeMs: 0 } : {};
  return audit({ databaseUrls: address.databases, moment, graceMs, acknowledged, byHand, ...queues });
}

const namesOf = (report: Report, result: 'broken' | 'unknown'): InvariantName[] =>
  report.invariants.filter((each) => each.result === result).map(({ name }) => name);

const broken = async (moment: Report['moment']): Promise<InvariantName[]> => namesOf(await reportOf(moment), 'broken');

/** A statement may name the rows on the stage: `$product`, `$confirmed` … */
async function make(changes: readonly Change[]): Promise<void> {
  for (const [database, text] of changes)
    await shop.rows(
      database,
      text.replace(/\$([a-z]+)/g, (_, name: keyof Stage) => `'${stage[name]}'`),
    );
}

async function during<T>({ breaks, mends }: Pick<Breach, 'breaks' | 'mends'>, look: () => Promise<T>): Promise<T> {
  await make(breaks);
  try {
    return await look();
  } finally {
    await make(mends);
  }
}

const live = new Set(invariants.filter(({ holds }) => holds === 'always').map(({ name }) => name));

describe('the auditor finds', () => {
  it.each(BREACHES)('$what: $finds', async ({ finds, ids, ...changes }) => {
    const withQueues = finds.includes('I16');
    const look = async () => [await reportOf('rest', { withQueues }), await reportOf('any')] as const;
    const [atRest, atAnyMoment] = await during(changes, look);
    expect(namesOf(atRest, 'broken')).toEqual(finds);
    expect(namesOf(atAnyMoment, 'broken')).toEqual(finds.filter((name) => live.has(name)));
    // A person is told which rows they are.
    const [first] = atRest.invariants.find(({ name }) => name === finds[0])?.first ?? [];
    expect(first).toMatchObject(Object.fromEntries(Object.entries(ids).map(([name, of]) => [name, stage[of]])));
  });

  it('breaches of every invariant, and mended they are gone', async () => {
    const found = new Set(BREACHES.flatMap(({ finds }) => finds));
    expect(invariants.map(({ name }) => name).filter((name) => !found.has(name))).toEqual([]);
    expect(await broken('rest')).toEqual([]);
  });

  it('customers who were told what is not so: I15', async () => {
    const told = { sagaId: crypto.randomUUID(), orderId: crypto.randomUUID(), status: 201 };
    const { sagaId } = await shop.row<{ sagaId: string }>(
      'orchestrator',
      'select saga_id as "sagaId" from saga_state where business_key = $1',
      [stage.declined],
    );
    shop.acknowledged.push(
      told,
      { ...told, orderId: stage.confirmed },
      { orderId: stage.declined, sagaId, status: 201 },
    );
    const report = await reportOf('rest');
    shop.acknowledged.splice(-3);
    expect(namesOf(report, 'broken')).toEqual(['I15']);
    expect(report.invariants[14]?.offending).toBe(3);
  });

  it('no checkout that hangs clean: what it cannot judge, it says', async () => {
    const park = `update saga_state set status = 'PAUSED', completed_at = null where business_key = $declined`;
    const end = `update saga_state set status = 'COMPENSATED', completed_at = now() where business_key = $declined`;
    const changes = { breaks: [['orchestrator', park]], mends: [['orchestrator', end]] } as const;
    const { unended, result } = await during(changes, () => reportOf('rest'));
    // That its journal tells of an end is another matter.
    expect(result).toBe('broken');
    expect(unended).toMatchObject({ count: 1, first: [{ orderId: stage.declined, status: 'PAUSED' }] });
    expect(unended.first[0]?.text).toContain('it waits for a person');
  });
});

describe('the auditor finds nothing wrong', () => {
  it('with sagas whose journal was dropped after their time, and orders whose saga was deleted after its', async () => {
    const [older, newer] = [
      await shop.checkout(cartOf([line(BACKPACK)])),
      await shop.checkout(cartOf([line(BACKPACK)])),
    ];
    await shop.settled();
    const prune = `with old as (
        update saga_state set pruned_at = now(), input = 'null', steps = '{}' where business_key = $1 returning saga_id
      ) delete from saga_logs using old where saga_logs.saga_id = old.saga_id returning seq`;
    for (const { body } of [older, newer])
      expect(await shop.rows('orchestrator', prune, [body.orderId])).not.toEqual([]);
    expect(await broken('rest')).toEqual([]);
    await shop.rows('orchestrator', 'delete from saga_state where business_key = $1', [older.body.orderId]);
    const told = shop.acknowledged.findIndex(({ orderId }) => orderId === older.body.orderId);
    const [acknowledged] = shop.acknowledged.splice(told, 1);
    expect(await broken('rest')).toEqual([]);
    shop.acknowledged.push(acknowledged as (typeof shop.acknowledged)[number]);
    expect(await broken('rest')).toEqual(['I15']);
    shop.acknowledged.pop();
  });

  it('in a shop at work, whichever way it is asked', async () => {
    let number = 0;
    let isOver = false;
    const placing = new Customers(shop).keepPlacing(
      16,
      () => quickCart(number++),
      () => isOver,
    );
    const reports: Report[] = [];
    for (let round = 0; round < 4; round++)
      reports.push(await reportOf('any', { graceMs: 5_000 }), await reportOf('rest', { graceMs: 10_000 }));
    isOver = true;
    expect((await placing).undocumented).toEqual([]);
    expect(reports.flatMap((report) => report.invariants.flatMap(({ first }) => first))).toEqual([]);
    expect(reports.map(({ result }) => result)).toEqual(reports.map(() => 'clean'));
    await shop.settled();
  });

  it('once the checkouts under way have ended, for which it waits; or says which have not', async () => {
    const userId = someone();
    const waiting = shop.checkout({ userId, items: [line(BACKPACK)], payment: { method: 'tok_slow' } });
    const orderId = await shop.orderOf(userId);
    const impatient = await reportOf('rest', { graceMs: 0 });
    expect(impatient).toMatchObject({ result: 'unknown', unended: { count: 1, first: [{ orderId }] } });
    expect(await reportOf('rest', { graceMs: 20_000 })).toMatchObject({ result: 'clean', unended: { count: 0 } });
    expect((await waiting).status).toBe(201);
  });

  it('when what looked wrong was only on its way', async () => {
    const breach = BREACHES.find(({ what }) => what === 'a payment of another transaction') as Breach;
    const { audited } = await during(breach, async () => {
      const audited = reportOf('rest', { graceMs: 20_000 });
      // It has looked, and waits for its second look.
      const text = `select 1 from pg_stat_activity where datname = current_database() and application_name = 'auditor'
        and state = 'idle' and query = 'commit'`;
      await eventually('a first look', async () => (await shop.rows('payments', text)).length > 0, { everyMs: 5 });
      return { audited };
    });
    expect(namesOf(await audited, 'broken')).toEqual([]);
  });
});
