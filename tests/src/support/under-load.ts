import { expect } from 'vitest';
import { Customers, mixedCart, type Report } from './customers.js';
import { eventually } from './eventually.js';
import type { Shop } from './shop.js';
import type { TestProduct } from './shop-client.js';

/** How many customers there are at any time. */
const AT_ONCE = 24;

/** Lets something happen while customers come and go, before, during and after it. */
async function underLoad(shop: Shop, scarce: TestProduct, fault: () => Promise<void>): Promise<Report> {
  let isOver = false;
  let number = 0;
  const placing = new Customers(shop).keepPlacing(
    AT_ONCE,
    () => mixedCart(number++, scarce),
    () => isOver,
  );
  try {
    await confirmedMore(shop, 50);
    await fault();
    await confirmedMore(shop, 50);
  } finally {
    isOver = true;
  }
  return placing;
}

/**
 * No service dies of it; every saga ends; customers are told nothing that the interface does not promise; all are ready
 * again by themselves, and the books balance.
 */
export async function expectSurvived(shop: Shop, scarce: TestProduct, fault: () => Promise<void>): Promise<Report> {
  const pids = shop.runningPids();
  const report = await underLoad(shop, scarce, fault);
  expect(shop.runningPids()).toEqual(pids);
  await shop.settled();
  expect(report.broken).toBe(0);
  expect(report.undocumented).toEqual([]);
  await shop.ready();
  expect(await shop.problems()).toEqual([]);
  return report;
}

async function confirmedMore(shop: Shop, count: number): Promise<void> {
  const confirmed = () => shop.acknowledged.filter(({ status }) => status === 201).length;
  const before = confirmed();
  const isEnough = () => confirmed() >= before + count;
  await eventually(`${count} more confirmed checkouts`, isEnough, { timeoutMs: 40_000 });
}
