/** The orchestrator's side alone: whoever only sends commands, and reads dead letters, starts without loading Nest and golevelup. */
export * from './command-client.js';
export * from './dead-letter-client.js';
export type { ReceivedLetter } from './dead-letter-reading.js';
export { type Faults, senderPoints } from './faults.js';
