import { migrationsFolder } from '@saga-checkout/saga/postgres';

/**
 * What makes the orchestrator's database: the engine's journal, and what is the orchestrator's own. Each keeps a list of its
 * own of what was applied, as drizzle looks at nothing but the youngest entry.
 */
export const migrations: readonly { readonly folder: URL; readonly table?: string }[] = [
  { folder: migrationsFolder },
  { folder: new URL('../../drizzle', import.meta.url), table: '__orchestrator_migrations' },
];
