import pg from 'pg';

/** What must hold once all sagas have ended: a question to one database, which must have the answer zero. */
const QUESTIONS = [
  [
    'inventory',
    'stock below zero, or units that appeared or vanished',
    `select count(*)::int as n from products p where
    stock_quantity < 0 or reserved_quantity < 0 or initial_quantity + restocked_quantity <> stock_quantity + reserved_quantity +
    (select coalesce(sum(quantity), 0) from reservations r where r.product_id = p.id and r.status = 'COMMITTED')`,
  ],
  [
    'inventory',
    'reserved units without a reservation',
    `select count(*)::int as n from products p where reserved_quantity <>
    (select coalesce(sum(quantity), 0) from reservations r where r.product_id = p.id and r.status = 'RESERVED')`,
  ],
  [
    'orders',
    'orders that are neither confirmed nor cancelled',
    `select count(*)::int as n from orders where status not in ('CONFIRMED', 'CANCELLED')`,
  ],
  [
    'orders',
    'orders whose total is not the sum of their lines',
    `select count(*)::int as n from orders o where total is not null and total <>
    (select coalesce(sum(quantity * price), 0) from order_items i where i.order_id = o.id)`,
  ],
  [
    'orchestrator',
    'sagas that have not ended',
    `select count(*)::int as n from saga_state where status not in ('COMPLETED', 'COMPENSATED')`,
  ],
  [
    'orchestrator',
    'sagas whose journal has gaps',
    `select count(*)::int as n from (select saga_id from saga_logs group by saga_id
    having count(*) <> max(seq) or min(seq) <> 1) g`,
  ],
] as const;

/** Pairs of questions, each to its own database, whose answers must be the same. */
const PAIRS = [
  [
    'confirmed orders = completed sagas',
    ['orders', `select count(*)::int as n from orders where status = 'CONFIRMED'`],
    ['orchestrator', `select count(*)::int as n from saga_state where status = 'COMPLETED'`],
  ],
  [
    'confirmed orders = captured and not refunded payments',
    ['orders', `select count(*)::int as n from orders where status = 'CONFIRMED'`],
    ['payments', `select count(*)::int as n from payments where status = 'SUCCESS'`],
  ],
  [
    'money of confirmed orders = money captured (in cents)',
    ['orders', `select coalesce(sum(total) * 100, 0)::bigint::text as n from orders where status = 'CONFIRMED'`],
    ['payments', `select coalesce(sum(amount) * 100, 0)::bigint::text as n from payments where status = 'SUCCESS'`],
  ],
  [
    'confirmed orders = orders with reserved stock',
    ['orders', `select count(*)::int as n from orders where status = 'CONFIRMED'`],
    ['inventory', `select count(distinct order_id)::int as n from reservations where status = 'RESERVED'`],
  ],
] as const;

/** The problems that the books show; none if they balance. */
export async function checkBooks(urlFor: (database: string) => string): Promise<string[]> {
  const ask = async (database: string, text: string): Promise<number | string> => {
    const client = new pg.Client({ connectionString: urlFor(database) });
    await client.connect();
    try {
      return (await client.query<{ n: number | string }>(text)).rows[0]?.n ?? 0;
    } finally {
      await client.end();
    }
  };
  const problems: string[] = [];
  for (const [database, what, text] of QUESTIONS) {
    const count = await ask(database, text);
    if (count !== 0) problems.push(`${what}: ${count}`);
  }
  for (const [what, [one, oneText], [other, otherText]] of PAIRS) {
    const [left, right] = [await ask(one, oneText), await ask(other, otherText)];
    if (left !== right) problems.push(`${what}: ${left} and ${right}`);
  }
  return problems;
}
