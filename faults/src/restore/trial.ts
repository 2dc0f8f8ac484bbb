import { audit, type Database, type Report } from '@saga-checkout/auditor';
import type { ServiceName, Stack } from '@saga-checkout/local-stack';
import { Shop } from '../shop/shop.js';
import { Copies } from './copies.js';
import { liveAndDie, STAND, until } from './life.js';
import { follow, type Moment } from './procedure.js';

/** What is lost: one database, or all of them. */
export const LOSSES = ['orders', 'inventory', 'payments', 'orchestrator', 'all four'] as const;
export type Loss = (typeof LOSSES)[number];

/** What the auditor named after a database was put back, and what it still names after the procedure. */
export interface Trial {
  readonly loss: Loss;
  readonly before: readonly Named[];
  readonly after: readonly Named[];
  /** Orders that are CONFIRMED at the end, and how many there should be. */
  readonly confirmed: { readonly found: number; readonly expected: number };
  readonly tookMs: number;
}

/** An invariant that is broken: in how many rows, and one of them in words. */
export interface Named {
  readonly name: string;
  readonly offending: number;
  readonly texts: readonly string[];
}

const HEADINGS: Readonly<Record<Loss, string>> = {
  orders: '`orders` is older',
  inventory: '`inventory` is older',
  payments: '`payments` is older',
  orchestrator: '`orchestrator` is older',
  'all four': 'All four to the same instant',
};

const PARTICIPANTS: readonly ServiceName[] = ['order-service', 'inventory-service', 'payment-service'];
/** Orders that stand in the end: of two lives, or of the one before the backup, and the last one if its payment method is known. */
const STANDING: Readonly<Record<Loss, number>> = {
  orders: 2 * STAND + 1,
  inventory: 2 * STAND + 1,
  payments: 2 * STAND + 1,
  orchestrator: 2 * STAND,
  'all four': STAND,
};
/** Between the backup that is restored and the time from which on is repaired; an hour, where clocks are not one. */
const MARGIN_MS = 5_000;

/** Loses what a shop has learnt since its backup, follows the document, and says what the auditor finds before and after. */
export async function tryRestoring(stack: Stack, loss: Loss): Promise<Trial> {
  const startedAt = performance.now();
  const shop = await Shop.open({ stack, replicas: 1, stepTimeoutMs: 2_000 });
  try {
    const copies = new Copies(stack.postgres.urlFor('postgres'));
    const lost = loss === 'all four' ? Object.values(shop.databaseUrls) : [shop.databaseUrls[loss]];
    // It will be declined, and cancelled, after the backup.
    await liveAndDie(shop, 'declined');
    const since = new Date(Date.now() - MARGIN_MS);
    for (const url of lost) await copies.keep(url);
    await start(shop, [...PARTICIPANTS, 'orchestrator', 'api-gateway']);
    await liveAndDie(shop, 'plain');
    for (const url of lost) await copies.putBack(url);
    const before = named(await lookAt(shop, { graceMs: 0, withBroker: false }));
    await repair(shop, loss, since);
    const after = await restOf(shop);
    const confirmed = { found: await confirmedIn(shop), expected: STANDING[loss] };
    return { loss, before, after, confirmed, tookMs: performance.now() - startedAt };
  } finally {
    await shop.close();
  }
}

/** As the document has it, step by step; and once more what may be typed again if in doubt, which must change nothing. */
async function repair(shop: Shop, loss: Loss, since: Date): Promise<void> {
  const environment = environmentFor(shop, since);
  const now = (moment: Moment) => follow(HEADINGS[loss], moment, environment);
  await now('before the participants start');
  await start(shop, PARTICIPANTS);
  await now('once the participants run');
  await start(shop, ['orchestrator']);
  await now('once the orchestrators run');
  await now('once the participants run');
  await now('once the orchestrators run');
  const underWay = 'select 1 from saga_state where completed_at is null limit 1';
  await until('all sagas to end', async () => (await shop.rows('orchestrator', underWay)).length === 0);
}

async function confirmedIn(shop: Shop): Promise<number> {
  return (await shop.rows('orders', `select 1 from orders where status = 'CONFIRMED'`)).length;
}

async function restOf(shop: Shop): Promise<readonly Named[]> {
  const report = await lookAt(shop, { graceMs: 10_000, withBroker: true });
  const left = named(report);
  if (report.result !== 'unknown' && report.unended.count === 0) return left;
  return [
    ...left,
    { name: 'not checked', offending: report.unended.count, texts: report.unended.first.map(({ text }) => text) },
  ];
}

/** Customers may have been told of sagas that are gone, so what they were told is not asked. */
function lookAt({ databaseUrls, broker }: Shop, { graceMs, withBroker }: { graceMs: number; withBroker: boolean }) {
  const options = { databaseUrls, moment: 'rest', graceMs, told: 3 } as const;
  return audit(withBroker ? { ...options, broker, countsAgeMs: 1_100 } : options);
}

const named = ({ invariants }: Report): Named[] =>
  invariants.flatMap(({ name, offending, first }) =>
    offending === 0 ? [] : [{ name, offending, texts: first.map(({ text }) => text) }],
  );

async function start(shop: Shop, services: readonly ServiceName[]): Promise<void> {
  await Promise.all(services.map((name) => shop.services.start(name)));
}

/** What a person would set who follows the document. */
function environmentFor({ databaseUrls, broker, services }: Shop, since: Date): Record<string, string> {
  const names = Object.entries(databaseUrls) as [Database, string][];
  const { username, password, pathname } = new URL(broker.url);
  return {
    ...Object.fromEntries(names.map(([name, url]) => [`${name.toUpperCase()}_DB_URL`, url])),
    SINCE: since.toISOString(),
    RABBITMQ_LOGIN: `${username}:${password}`,
    RABBITMQ_MANAGEMENT_URL: broker.managementUrl,
    VHOST: pathname.slice(1),
    ORCHESTRATOR_URL: services.url('orchestrator'),
  };
}
