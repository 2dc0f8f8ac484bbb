import { DATABASES, type Database, Source } from './source.js';

/** The four databases. */
export type Sources = Readonly<Record<Database, Source>>;

/**
 * In which order snapshots are taken; no moment is the same for all four, and so what is compared must hold for a later
 * look at what was caused before. The journal first: participants have done what a saga that has ended there asked for.
 * Orders before payments: an order is confirmed once its payment is there. (What is caused later than the journal's
 * snapshot, an order of a saga that began since, looks wrong and is looked at again.)
 */
const IN_ORDER: readonly Database[] = ['orchestrator', 'orders', 'inventory', 'payments'];

/** Connects to all four. @throws CannotCheck */
export async function openSources(urls: Readonly<Record<Database, string>>): Promise<Sources> {
  const opened = await Promise.allSettled(DATABASES.map((database) => Source.open(database, urls[database])));
  const sources = opened.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
  const failed = opened.find((one) => one.status === 'rejected');
  if (failed) {
    await Promise.all(sources.map((source) => source.close()));
    throw failed.reason;
  }
  return Object.fromEntries(sources.map((source) => [source.database, source])) as Sources;
}

/** Does the work on one snapshot of each database. */
export async function inSnapshots<T>(sources: Sources, work: () => Promise<T>): Promise<T> {
  for (const database of IN_ORDER) await sources[database].begin();
  const result = await work();
  for (const database of IN_ORDER) await sources[database].end();
  return result;
}

export async function closeSources(sources: Sources): Promise<void> {
  await Promise.all(Object.values(sources).map((source) => source.close()));
}
