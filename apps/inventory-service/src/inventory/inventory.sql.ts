// The products named, and those that a release would give back.
const PRODUCTS_OF_ROUND = `
  FROM products
  WHERE id = any($2::uuid[] || ARRAY(
    SELECT product_id FROM reservations WHERE order_id = any($1::uuid[]) AND status = 'RESERVED'
  ))`;

export const LOCK = `SELECT id ${PRODUCTS_OF_ROUND} ORDER BY id FOR NO KEY UPDATE`;

export const LOAD = `
  SELECT 'product' AS kind, id, version, price, currency, stock_quantity AS stock,
         NULL AS status, NULL AS content, NULL::jsonb AS refusal, NULL::json AS lines
  ${PRODUCTS_OF_ROUND}
  UNION ALL
  SELECT 'order', order_id, version, NULL, NULL, NULL, status, content, refusal, (
    SELECT json_agg(json_build_object('id', id, 'productId', product_id, 'quantity', quantity, 'price', price::text) ORDER BY product_id)
    FROM reservations WHERE reservations.order_id = o.order_id AND status = 'RESERVED'
  )
  FROM order_reservations o
  WHERE order_id = any($1::uuid[])`;

// Rows are locked in the order of their ids, all products before all orders, so that two writers can wait for each
// other but not in a circle. A locked row is seen as it is now, not as it was when the statement began.
export const SAVE = `
  WITH stock AS (
    SELECT * FROM unnest($2::uuid[], $3::int[], $4::int[]) AS stock (id, version, taken)
  ), held_products AS (
    SELECT id, version FROM products WHERE id = any($2) ORDER BY id FOR NO KEY UPDATE
  ), products_checked AS (
    SELECT count(*) = cardinality($2) AS unmoved FROM stock JOIN held_products USING (id, version)
  ), released AS (
    SELECT * FROM unnest($5::uuid[], $6::int[]) AS released (order_id, version)
  ), held_orders AS (
    SELECT order_id, version FROM order_reservations
    WHERE order_id = any($5) AND (SELECT unmoved FROM products_checked)
    ORDER BY order_id FOR NO KEY UPDATE
  ), checked AS (
    SELECT (SELECT unmoved FROM products_checked) AND count(*) = cardinality($5) AS saved
    FROM released JOIN held_orders USING (order_id, version)
  ), stock_updated AS (
    UPDATE products p
    SET stock_quantity = p.stock_quantity - stock.taken, reserved_quantity = p.reserved_quantity + stock.taken,
        version = p.version + 1, updated_at = $1
    FROM stock, checked
    WHERE checked.saved AND p.id = stock.id AND p.id = any($2)
  ), orders_released AS (
    UPDATE order_reservations o
    SET status = 'RELEASED', refusal = NULL, version = o.version + 1, updated_at = $1
    FROM checked
    WHERE checked.saved AND o.order_id = any($5)
  ), lines_released AS (
    UPDATE reservations r SET status = 'RELEASED', updated_at = $1
    FROM checked
    WHERE checked.saved AND r.order_id = any($5) AND r.status = 'RESERVED'
  ), orders_inserted AS (
    INSERT INTO order_reservations (order_id, status, content, refusal, created_at, updated_at)
    SELECT fresh.order_id, fresh.status, fresh.content, fresh.refusal::jsonb, $1, $1
    FROM unnest($7::uuid[], $8::text[], $9::text[], $10::text[]) AS fresh (order_id, status, content, refusal), checked
    WHERE checked.saved
    ORDER BY fresh.order_id
  ), lines_inserted AS (
    INSERT INTO reservations (id, order_id, product_id, quantity, price, status, created_at, updated_at)
    SELECT line.*, $1, $1
    FROM unnest($11::uuid[], $12::uuid[], $13::uuid[], $14::int[], $15::numeric[], $16::text[]) AS line, checked
    WHERE checked.saved
  )
  SELECT saved FROM checked`;
