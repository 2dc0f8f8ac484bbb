import autocannon from 'autocannon';
import { HOT_PRODUCT, PRICE, PRODUCTS, productId } from './catalog.js';

/** What one run under load gave. Latencies in ms. */
export interface LoadResult {
  readonly ok: number;
  readonly notOk: number;
  readonly errors: number;
  readonly seconds: number;
  readonly p50: number;
  readonly p99: number;
}

// A process of its own: node load.js URL CONNECTIONS SECONDS many|hot
const [url = '', connections = '1', seconds = '5', mode = 'many'] = process.argv.slice(2);
let number = 0;

/** A cart that nobody has sent before, so that the double-submit guard has nothing to say. */
function body(): string {
  const userId = `bench-${process.pid}-${++number}`;
  const first = 1 + Math.floor(Math.random() * (PRODUCTS - 1));
  const ids = mode === 'hot' ? [HOT_PRODUCT] : [productId(first), productId(first + 1)];
  const items = ids.map((id) => ({ productId: id, quantity: 1, price: PRICE }));
  return JSON.stringify({ userId, items, payment: { method: 'tok_visa' } });
}

const result = await autocannon({
  url,
  connections: Number(connections),
  duration: Number(seconds),
  method: 'POST',
  headers: { 'content-type': 'application/json' },
  requests: [{ setupRequest: (request) => ({ ...request, body: body() }) }],
  timeout: 30,
});
const load: LoadResult = {
  ok: result['2xx'],
  notOk: result.non2xx,
  errors: result.errors,
  seconds: result.duration,
  p50: result.latency.p50,
  p99: result.latency.p99,
};
console.log(JSON.stringify(load));
