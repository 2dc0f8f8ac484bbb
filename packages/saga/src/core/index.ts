export * from './builder.js';
export type {
  CommandContract,
  EventContract,
  LocalCall,
  Outcome,
  OutgoingCommand,
  PayloadFor,
  Phase,
  RefusalFor,
  ReplyFor,
} from './command.js';
export {
  type CommandStep,
  type CompensationBase,
  type CompensationContext,
  type CompensationDefinition,
  isPastPivot,
  type LocalCallContext,
  type LocalCompensationContext,
  type LocalContext,
  type LocalStep,
  type SagaDefinition,
  type StepBase,
  type StepContext,
  type StepDefinition,
  type WaitStep,
} from './definition.js';
export { SagaError, type SagaErrorCode } from './errors.js';
export { fold } from './evolve.js';
export type { GraphWith, RepliesAt, RepliesOf, StepGraph } from './graph-types.js';
export * from './happening.js';
export { Refusal, runLocal } from './local.js';
export * from './log.js';
export * from './options.js';
export { type Restart, restart } from './restart.js';
export { COMPENSATION_RETRY, type RetryOption, type RetryPolicy, STEP_RETRY } from './retry.js';
export {
  type Again,
  type AtWork,
  atWork,
  contextOf,
  currentStep,
  type Done,
  type Failure,
  failureOf,
  hasEnded,
  type KeptEvent,
  type SagaBase,
  type SagaContext,
  type SagaState,
  type SagaStatus,
  type StepState,
  type StepStatus,
  type Underway,
  type Undoing,
  type Waiting,
} from './saga.js';
export type { InputOf, OutputOf, Schema, SchemaIssue, SchemaResult } from './schema.js';
export * from './shape.js';
export { type Beginning, begin, type Transition, transition } from './transition.js';
