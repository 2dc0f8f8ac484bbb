export * from './crash-points.js';
export type { SagaEvents } from './events.js';
export * from './memory-store.js';
export * from './ports.js';
export * from './runtime.js';
export * from './store.js';
