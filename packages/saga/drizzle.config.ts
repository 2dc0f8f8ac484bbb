import { defineConfig } from 'drizzle-kit';

/** Generates the journal's migrations; the orchestrator applies them. */
export default defineConfig({ dialect: 'postgresql', schema: './src/postgres/schema.ts', out: './drizzle' });
