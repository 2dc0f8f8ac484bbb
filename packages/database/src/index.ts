export type { Pool, PoolClient } from 'pg';
export * from './errors.js';
export type { DatabaseUrl } from './hosts.js';
export * from './migrations.js';
export * from './pool.js';
export * from './retry.js';
export * from './transaction.js';
