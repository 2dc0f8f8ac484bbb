import type { Cluster } from '@saga-checkout/local-stack';
import { waitFor } from '@saga-checkout/local-stack';
import type { Shop } from '../shop/shop.js';
import { Customers } from './customers.js';

/** What followed something that was done, in ms after it. */
export interface Aftermath {
  readonly what: string;
  /** The first checkout that was taken of those asked for afterwards. */
  readonly firstTakenMs: number;
  /** The longest time in which none was taken. */
  readonly longestPauseMs: number;
  /** The last saga that had begun before had ended. */
  readonly endedMs: number;
}

/** Things are well again once so many checkouts have been taken that were asked for afterwards; after so long they are not. */
const ENOUGH = 40;
const PATIENCE_MS = 90_000;

/** A shop on a cluster, its customers, and what is done to it. */
export class Town {
  readonly customers: Customers;
  readonly aftermaths: Aftermath[] = [];
  readonly problems: string[] = [];

  constructor(
    readonly cluster: Cluster,
    readonly shop: Shop,
  ) {
    this.customers = new Customers(shop);
  }

  /** Does something under load, and waits until checkouts are taken again and what had begun before has ended. */
  async endure(what: string, action: () => Promise<void>): Promise<void> {
    const at = Date.now();
    const done = action();
    const taken = () => this.customers.takenAfter(at) >= ENOUGH;
    await done;
    if (!(await waitFor(taken, { timeoutMs: PATIENCE_MS })))
      this.problems.push(`${what}: only ${this.customers.takenAfter(at)} checkouts were taken in ${PATIENCE_MS} ms`);
    const endedMs = await this.#endedAfter(what, at);
    this.aftermaths.push({ what, endedMs, ...this.#takingAfter(at) });
  }

  /** Checkouts are being taken: there is load. */
  async untilBusy(): Promise<void> {
    const from = Date.now();
    await waitFor(() => this.customers.takenAfter(from) >= ENOUGH, { timeoutMs: PATIENCE_MS });
  }

  /** The customers leave, all ends, and the auditor looks. */
  async close(): Promise<string[]> {
    await this.customers.leave();
    await this.shop.ended(PATIENCE_MS);
    const unfinished = await this.shop.rows('orchestrator', `select 1 from saga_state where completed_at is null`);
    return [
      ...this.problems,
      ...this.customers.problems,
      ...this.shop.services.list().flatMap(({ name, alive }) => (alive ? [] : [`${name} has ended`])),
      ...(unfinished.length > 0 ? [`${unfinished.length} sagas have not ended`] : []),
      ...(await this.shop.problems({ withConsumers: true })),
    ];
  }

  async #endedAfter(what: string, at: number): Promise<number> {
    const text = `select count(*) filter (where completed_at is null)::int as open, max(completed_at) as last
      from saga_state where created_at < to_timestamp($1 / 1000.0)`;
    const look = async () => (await this.shop.rows<{ open: number; last: Date }>('orchestrator', text, [at]))[0];
    const ended = await waitFor(
      async () => {
        const found = await look();
        return found?.open === 0 ? found.last : undefined;
      },
      { timeoutMs: PATIENCE_MS, everyMs: 100 },
    );
    if (!ended) this.problems.push(`${what}: sagas that had begun before did not end in ${PATIENCE_MS} ms`);
    return ended ? Math.max(0, ended.getTime() - at) : Number.NaN;
  }

  #takingAfter(at: number): Pick<Aftermath, 'firstTakenMs' | 'longestPauseMs'> {
    const later = this.customers.purchases.filter(({ takenAt }) => takenAt >= at);
    const times = [at, ...later.map(({ takenAt }) => takenAt).sort((one, other) => one - other)];
    const pauses = times.slice(1).map((time, index) => time - (times[index] ?? at));
    const firsts = later.filter(({ askedAt }) => askedAt >= at).map(({ takenAt }) => takenAt - at);
    return { firstTakenMs: Math.min(...firsts), longestPauseMs: Math.max(...pauses) };
  }
}
