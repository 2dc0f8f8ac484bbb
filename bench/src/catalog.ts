import pg from 'pg';

/** How many products the bench sells, besides the hot one. */
export const PRODUCTS = 2_000;
export const PRICE = '9.99';
/** The one product that everybody wants in the hot runs. */
export const HOT_PRODUCT = productId(0);

/** A product of the bench, by its number. */
export function productId(number: number): string {
  return `00000000-0000-4000-8000-${String(number).padStart(12, '0')}`;
}

/** Puts the bench's products into the catalog, with more stock than any run can sell. */
export async function seedCatalog(inventoryUrl: string): Promise<void> {
  const client = new pg.Client({ connectionString: inventoryUrl });
  await client.connect();
  try {
    await client.query(
      `insert into products (id, name, description, price, currency, stock_quantity, initial_quantity)
       select ('00000000-0000-4000-8000-' || lpad(n::text, 12, '0'))::uuid, 'Bench product ' || n, 'Made for measuring', $1, 'USD',
         100000000, 100000000
       from generate_series(0, $2::int) n on conflict do nothing`,
      [PRICE, PRODUCTS],
    );
  } finally {
    await client.end();
  }
}
