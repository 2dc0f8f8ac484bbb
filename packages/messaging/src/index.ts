export * from './command-client.js';
export * from './command-consumer.js';
export type { DeadLetter, DeadLetterReason } from './dead-letter.js';
export * from './failure.js';
export { type Faults, type MessageFault, pointOf, receiverPoints } from './faults.js';
export type { Log } from './log.js';
export * from './nest/commands-from.js';
export * from './nest/participant-messaging.js';
export {
  commandQueueOptions,
  DELIVERY_LIMIT,
  deadLetterQueueOptions,
  deadLettersOf,
  declareTopology,
  PREFETCH_COUNT,
  type QueueRef,
  type QueueTopology,
  topologyOf,
} from './topology.js';
