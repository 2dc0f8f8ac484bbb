import { defineConfig } from 'drizzle-kit';

/**
 * For db:push and db:studio: the journal's tables, which belong to the engine (its migrations are committed there), and the
 * orchestrator's own. db:generate looks at its own only.
 */
export default defineConfig({
  dialect: 'postgresql',
  schema: ['../../packages/saga/src/postgres/schema.ts', './src/db/schema.ts'],
  out: './drizzle',
  dbCredentials: { url: process.env.DB_URL || 'postgres://postgres:1111@127.0.0.1:5432/orchestrator' },
});
