/** What tests of sagas need: conversations, sagas run in virtual time, every crash explored, and the suite for stores. */

export { Conversation, conversation } from './conversation.js';
export { type Duration, msOf } from './duration.js';
export { Expectation } from './expectation.js';
export type { Exploration } from './explore/exploration.js';
export { ExplorationError } from './explore/exploration-error.js';
export { type ExploreOptions, exploreCrashes } from './explore/explore-crashes.js';
export type { Actors, ExploredParticipants, Scenario } from './explore/scenario.js';
export type { Fault, Sending } from './faults.js';
export { SagaTestRunner, type StartOptions, type TestRunnerOptions } from './saga-test-runner.js';
export {
  type Answer,
  type Call,
  failure,
  type Handler,
  type Handlers,
  handler,
  refusal,
} from './simulation/participants.js';
export * from './store-conformance.js';
export * from './virtual-clock.js';
