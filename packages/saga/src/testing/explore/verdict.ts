import { isDeepStrictEqual } from 'node:util';
import type { Phase } from '../../core/command.js';
import type { SagaDefinition, StepDefinition } from '../../core/definition.js';
import { fold } from '../../core/evolve.js';
import type { LogEntry } from '../../core/log.js';
import { failureOf, hasEnded, type SagaState, type StepState } from '../../core/saga.js';
import type { Executed } from '../simulation/network.js';
import type { RunReport } from './exploration-run.js';

/** What is wrong with a run, whatever its scenario; nothing if it is as it must be. */
export function problemsOf(definition: SagaDefinition, report: RunReport): readonly string[] {
  const { saga, logs, executed, problems, participants } = report;
  if (saga === undefined) return [...problems, 'the journal has no such saga, although its client was told so'];
  return [
    ...problems,
    ...journalProblems(saga, logs),
    ...(hasEnded(saga) ? workProblems(definition, saga, executed) : []),
    ...invariantProblems(() => participants.invariants?.(saga)),
  ];
}

/** The journal must describe the saga, without gaps, and nothing may begin once something has failed. */
function journalProblems(saga: SagaState, logs: readonly LogEntry[]): string[] {
  const gap = logs.find(({ seq }, index) => seq !== index + 1);
  if (gap !== undefined) return [`the journal has a gap, or one seq twice, before its entry ${gap.seq} (${gap.event})`];
  try {
    const folded: unknown = JSON.parse(JSON.stringify(fold(logs, saga.sagaId)));
    if (!isDeepStrictEqual(folded, saga)) return ['the journal does not fold to the saga as it is'];
  } catch (error) {
    return [`the journal cannot be folded: ${error instanceof Error ? error.message : error}`];
  }
  return forwardProblems(logs);
}

function forwardProblems(logs: readonly LogEntry[]): string[] {
  const failed = logs.findIndex(isFailure);
  const begun = logs.slice(failed < 0 ? logs.length : failed).find(({ event }) => event === 'STEP_STARTED');
  return begun === undefined ? [] : [`${begun.step} was started although the saga was failing (entry ${begun.seq})`];
}

/** Whether a saga fails from this entry on. */
function isFailure({ event, data }: LogEntry): boolean {
  if (event === 'STEP_FAILED' || event === 'STEP_TIMED_OUT') return !('retryAt' in data);
  return event === 'STEP_REFUSED' || event === 'SAGA_CANCEL_REQUESTED' || event === 'SAGA_TIMED_OUT';
}

/** What was really done must be what the saga says: all of it done, or all of it taken back. */
function workProblems(definition: SagaDefinition, saga: SagaState, executed: readonly Executed[]): string[] {
  return definition.steps.flatMap((step) => {
    const state = saga.steps[step.name];
    if (step.kind === 'wait' || state === undefined) return [];
    const did = lastDone(executed, step.name, 'do');
    const undid = lastDone(executed, step.name, 'undo');
    const problem = workProblem(saga, step, state, did, undid);
    return problem === undefined ? [] : [problem];
  });
}

function workProblem(
  saga: SagaState,
  step: StepDefinition,
  state: StepState,
  did: number,
  undid: number,
): string | undefined {
  const { name, compensation } = step;
  if (saga.status === 'COMPLETED') {
    if (state.status === 'COMPLETED' && did < 0) return `the saga says that ${name} was done, and it never was`;
    if (state.status === 'COMPLETED' && undid > did) return `${name} was taken back although the saga completed`;
    return undefined;
  }
  if (did < 0 || did < undid || compensation === undefined || isSettled(state)) return undefined;
  return undid < 0
    ? `${name} was done and never taken back (the saga says: ${state.status})`
    : `${name} was done after it had been taken back: a late action must be refused`;
}

/** Whether a person has seen to it, or the definition says that it stays. */
const isSettled = (state: StepState): boolean =>
  ('kept' in state && state.kept === true) || (state.status === 'SKIPPED' && state.settled === true);

function lastDone(executed: readonly Executed[], step: string, phase: Phase): number {
  return executed.findLastIndex(
    ({ command, outcome }) => command.step === step && command.phase === phase && outcome.outcome === 'done',
  );
}

function invariantProblems(check: () => void): string[] {
  try {
    check();
    return [];
  } catch (error) {
    return [`an invariant is broken: ${error instanceof Error ? error.message : error}`];
  }
}

/** How a run ended: its status, and the reason if it was not completed. */
export function outcomeOf({ saga }: RunReport): string {
  if (saga === undefined) return 'NO SAGA';
  const failure = failureOf(saga);
  return failure === undefined ? saga.status : `${saga.status} (${failure.code})`;
}
