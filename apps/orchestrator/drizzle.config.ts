import { defineConfig } from 'drizzle-kit';

/** The journal's tables belong to the engine; its migrations are committed there. */
export default defineConfig({
  dialect: 'postgresql',
  schema: '../../packages/saga/src/postgres/schema.ts',
  out: '../../packages/saga/drizzle',
  dbCredentials: { url: process.env.DB_URL || 'postgres://postgres:1111@127.0.0.1:5432/orchestrator' },
});
