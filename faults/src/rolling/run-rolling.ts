import { waitFor } from '@saga-checkout/local-stack';
import { Random } from '../chaos/random.js';
import { Shop, type TestServers } from '../shop/shop.js';
import { Balancer, LOOK_MS } from './balancer.js';
import { complaintsOf } from './complaints.js';
import { Customers, type Failure } from './customers.js';
import { type Restart, restart } from './restart.js';

export interface RollingOptions {
  readonly stack: TestServers;
  readonly restarts: number;
  /** New customers in a second. */
  readonly rate: number;
  /** Decides the order of the restarts. */
  readonly seed: number;
  readonly onRestart?: (done: Restart, number: number) => void;
}

export interface RollingResult {
  readonly restarts: readonly Restart[];
  readonly statuses: Readonly<Record<number, number>>;
  /** How long each request took, in ms, the quickest first. */
  readonly tookMs: readonly number[];
  readonly failures: readonly Failure[];
  /** What the services wrote down as an error, or refused checkouts for. */
  readonly complaints: readonly string[];
  /** What the auditor found when all was over. */
  readonly problems: readonly string[];
  readonly lastedMs: number;
}

/** For how long a gateway that was told to stop goes on: it is looked at often within that, also on a busy machine. */
export const DELAY_MS = 12 * LOOK_MS;
const STEP_TIMEOUT_MS = 5_000;
const SETTLE_MS = 60_000;

/** Two of each service; one after the other is restarted, in random order, while customers come and go. */
export async function runRolling({ stack, restarts, rate, seed, onRestart }: RollingOptions): Promise<RollingResult> {
  const shop = await Shop.open({
    stack,
    replicas: 2,
    gateways: { count: 2, env: { SHUTDOWN_DELAY_MS: String(DELAY_MS) } },
    stepTimeoutMs: STEP_TIMEOUT_MS,
    followsPlans: false,
  });
  const processes = shop.services.list();
  const balancer = new Balancer(processes.filter(({ service }) => service === 'api-gateway'));
  const customers = new Customers({ balancer, products: shop.products, rate });
  const done: Restart[] = [];
  // While they start, one may see that another is not there yet.
  const openedAt = Date.now();
  const begun = performance.now();
  try {
    await balancer.start();
    const visits = customers.run();
    try {
      for (const process of inRandomOrder(processes, restarts, new Random(seed))) {
        // As whoever rolls out waits for the one before: here, until the load balancer knows it again.
        await waitFor(() => balancer.size === 2, { timeoutMs: 10_000, everyMs: 20 });
        done.push(await restart(process));
        onRestart?.(done.at(-1) as Restart, done.length);
      }
    } finally {
      customers.stop();
      await visits;
    }
    const lastedMs = performance.now() - begun;
    shop.acknowledged.push(...customers.acknowledged);
    await shop.ended(SETTLE_MS);
    return {
      restarts: done,
      statuses: customers.statuses,
      tookMs: customers.tookMs.toSorted((one, other) => one - other),
      failures: customers.failures,
      complaints: processes.flatMap((each) => complaintsOf(each, openedAt)),
      problems: await shop.problems({ withConsumers: true }),
      lastedMs,
    };
  } finally {
    balancer.stop();
    await shop.close();
  }
}

/** Each of them in every round, in another order each time. */
function inRandomOrder<T>(all: readonly T[], count: number, random: Random): T[] {
  const order: T[] = [];
  while (order.length < count) order.push(...random.shuffled(all));
  return order.slice(0, count);
}
