export { alternativesOf, firstOf } from './addresses.js';
export { type AuditOptions, audit } from './audit.js';
export type { Database } from './databases/source.js';
export { type Invariant, type InvariantName, invariants } from './invariants.js';
export type { Acknowledged } from './orders/acknowledged.js';
export { CannotCheck } from './problem.js';
export { type InvariantReport, linesOf, type Report } from './report.js';
export type { Unended } from './sagas/unended.js';
