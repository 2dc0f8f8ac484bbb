/** Defines sagas, and runs them. */

export * from './core/index.js';
export * from './runtime/index.js';
