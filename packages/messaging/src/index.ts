export * from './command-client.js';
export * from './command-consumer.js';
export * from './dead-letter.js';
export * from './failure.js';
export * from './log.js';
export * from './nest/commands-from.js';
export * from './nest/participant-messaging.js';
export * from './topology.js';
