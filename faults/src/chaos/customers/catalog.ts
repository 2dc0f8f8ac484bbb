import { waitFor } from '@saga-checkout/local-stack';
import type { Product } from './customer.js';

export interface Catalog {
  /** Of each there is more than anybody could buy. */
  readonly plenty: readonly Product[];
  /** Soon sold out. */
  readonly scarce: Product;
}

/** What the shop sells, as its interface says. */
export async function readCatalog(gatewayUrl: string): Promise<Catalog> {
  const items = await waitFor(() => itemsOf(gatewayUrl), { timeoutMs: 20_000, everyMs: 200 });
  const sorted = (items ?? []).toSorted((one, other) => one.available - other.available);
  const [scarce, ...plenty] = sorted;
  if (scarce === undefined || plenty.length === 0) throw new Error('the shop sells too little to run chaos on');
  return { scarce, plenty };
}

type Item = Product & { readonly available: number };

async function itemsOf(gatewayUrl: string): Promise<readonly Item[] | undefined> {
  const answer = await fetch(`${gatewayUrl}/api/products`);
  return answer.ok ? ((await answer.json()) as { items: Item[] }).items : undefined;
}
