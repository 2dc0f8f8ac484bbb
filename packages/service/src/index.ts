export * from './env.js';
export { createFaults, type FaultsOptions, faultEnv } from './faults/create-faults.js';
export * from './health.js';
export * from './listen.js';
export * from './logger.js';
export * from './metrics.js';
export * from './process.js';
export * from './redact.js';
export * from './startup-error.js';
