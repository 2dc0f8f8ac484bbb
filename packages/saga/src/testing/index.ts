/** What tests of sagas need: conversations, time that passes at will, and the suite for stores. */

export { Conversation, conversation } from './conversation.js';
export { Expectation } from './expectation.js';
export * from './store-conformance.js';
export * from './virtual-clock.js';
