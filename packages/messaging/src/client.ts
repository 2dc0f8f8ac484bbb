/** The sending side alone: whoever only sends commands starts without loading Nest and golevelup. */
export * from './command-client.js';
export { type Faults, senderPoints } from './faults.js';
