export * from './schema.js';
export * from './test-database.js';
