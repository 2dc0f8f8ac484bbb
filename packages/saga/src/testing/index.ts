export { Conversation, conversation } from './conversation.js';
export { Expectation } from './expectation.js';
export * from './virtual-clock.js';
