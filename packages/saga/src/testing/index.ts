export { Conversation, conversation } from './conversation.js';
export { Expectation } from './expectation.js';
export * from './store-conformance.js';
export * from './virtual-clock.js';
