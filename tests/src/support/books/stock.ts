import type { Invariant, Problem } from './problem.js';
import type { Reader } from './tables.js';

/** Each question gives the rows that break the invariant, as text. */
const QUESTIONS: readonly (readonly [Invariant, string])[] = [
  [
    'I1',
    `select format('product %s (%s): initial %s + restocked %s is not stock %s + reserved %s + committed %s',
        p.id, p.name, initial_quantity, restocked_quantity, stock_quantity, reserved_quantity, committed) as text
     from products p, lateral (select coalesce(sum(quantity), 0) as committed from reservations r
       where r.product_id = p.id and r.status = 'COMMITTED') c
     where stock_quantity < 0 or reserved_quantity < 0
       or initial_quantity + restocked_quantity <> stock_quantity + reserved_quantity + committed`,
  ],
  [
    'I2',
    `select format('product %s (%s): reserved_quantity is %s, but its reservations hold %s',
        p.id, p.name, reserved_quantity, held) as text
     from products p, lateral (select coalesce(sum(quantity), 0) as held from reservations r
       where r.product_id = p.id and r.status = 'RESERVED') h
     where reserved_quantity <> held`,
  ],
  [
    'I3',
    `select format('order %s has %s reservations of product %s', order_id, count(*), product_id) as text
     from reservations group by order_id, product_id having count(*) > 1`,
  ],
  [
    'I3',
    `select format('order %s is %s at the inventory, but its reservation of product %s is %s',
        r.order_id, o.status, r.product_id, r.status) as text
     from reservations r left join order_reservations o using (order_id)
     where o.status is null or o.status = 'REFUSED' or (o.status = 'RELEASED') <> (r.status = 'RELEASED')`,
  ],
  [
    'I3',
    `select format('order %s is RESERVED at the inventory, but has no reservation', o.order_id) as text
     from order_reservations o
     where o.status = 'RESERVED' and not exists (select from reservations r where r.order_id = o.order_id)`,
  ],
];

/** I1, I2, I3: what the inventory says about itself. Hold at every moment. */
export async function stockProblems(reader: Reader): Promise<Problem[]> {
  const problems: Problem[] = [];
  for (const [invariant, text] of QUESTIONS) {
    for (const row of await reader.rows<{ text: string }>('inventory', text))
      problems.push({ invariant, text: row.text });
  }
  return problems;
}
