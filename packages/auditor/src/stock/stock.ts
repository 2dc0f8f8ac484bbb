import type { Source } from '../databases/source.js';
import type { Findings, Offence } from '../findings.js';

/** What the reservations of each product add up to, beside what the product's row says. */
const PRODUCTS = `
  products p left join (
    select product_id, coalesce(sum(quantity) filter (where status = 'COMMITTED'), 0) as committed,
      coalesce(sum(quantity) filter (where status = 'RESERVED'), 0) as held
    from reservations group by product_id
  ) r on r.product_id = p.id`;

const UNBALANCED = `
  select p.id::text as "productId", format('product %s (%s): initial %s + restocked %s is not stock %s + reserved %s + committed %s',
    p.id, p.name, initial_quantity, restocked_quantity, stock_quantity, reserved_quantity, coalesce(committed, 0)) as text
  from ${PRODUCTS}
  where stock_quantity < 0 or reserved_quantity < 0
    or initial_quantity + restocked_quantity <> stock_quantity + reserved_quantity + coalesce(committed, 0)`;

const MISCOUNTED = `
  select p.id::text as "productId", format('product %s (%s): reserved_quantity is %s, but its reservations hold %s',
    p.id, p.name, reserved_quantity, coalesce(held, 0)) as text
  from ${PRODUCTS} where reserved_quantity <> coalesce(held, 0)`;

const TWICE = `
  select order_id::text as "orderId", product_id::text as "productId",
    format('order %s has %s reservations of product %s', order_id, count(*), product_id) as text
  from reservations group by order_id, product_id having count(*) > 1`;

/** The order's row and its lines change together, in one statement. */
const TORN = `
  select r.order_id::text as "orderId", r.product_id::text as "productId",
    format('order %s is %s at the inventory, but its reservation of product %s is %s',
      r.order_id, coalesce(o.status, 'unknown'), r.product_id, r.status) as text
  from reservations r left join order_reservations o using (order_id)
  where o.status is null or o.status = 'REFUSED' or (o.status = 'RELEASED') <> (r.status = 'RELEASED')`;

const EMPTY = `
  select o.order_id::text as "orderId", format('order %s is RESERVED at the inventory, but has no reservation', o.order_id) as text
  from order_reservations o
  where o.status = 'RESERVED' and not exists (select from reservations r where r.order_id = o.order_id)`;

/** The row counts its writes: one that recorded the outcome, and one that released it. A tombstone is written once. */
const RELEASED_AGAIN = `
  select o.order_id::text as "orderId", format('order %s was written %s times at the inventory: released more than once',
    o.order_id, o.version) as text
  from order_reservations o
  where o.status = 'RELEASED' and o.version > case when o.content is null then 1 else 2 end`;

/** A release writes the order's row and all its lines at the same time. */
const RELEASED_IN_PARTS = `
  select o.order_id::text as "orderId", r.product_id::text as "productId",
    format('order %s was released at %s, its reservation of product %s at %s', o.order_id, o.updated_at, r.product_id, r.updated_at) as text
  from order_reservations o join reservations r using (order_id)
  where o.status = 'RELEASED' and r.status = 'RELEASED' and r.updated_at <> o.updated_at`;

const QUESTIONS: readonly (readonly [Offence['invariant'], string])[] = [
  ['I1', UNBALANCED],
  ['I2', MISCOUNTED],
  ['I3', TWICE],
  ['I3', TORN],
  ['I3', EMPTY],
  ['I3', RELEASED_AGAIN],
  ['I3', RELEASED_IN_PARTS],
];

/** I1, I2, I3: what the inventory says about itself. One snapshot tells, so they hold at every moment. */
export async function auditStock(inventory: Source, findings: Findings): Promise<void> {
  const count = async (table: string) =>
    (await inventory.rows<{ count: number }>(`select count(*)::int as count from ${table}`))[0]?.count ?? 0;
  const products = await count('products');
  findings.checked('I1', products);
  findings.checked('I2', products);
  findings.checked('I3', await count('order_reservations'));
  for (const [invariant, text] of QUESTIONS)
    for await (const page of inventory.pages<Omit<Offence, 'invariant'>>(text))
      for (const row of page) findings.offence({ ...row, invariant });
}
