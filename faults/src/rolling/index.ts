export { DRAIN_LIMIT_MS } from './restart.js';
export { type RollingOptions, type RollingResult, runRolling } from './run-rolling.js';
