import type { LogEntry, LogEvent } from '../core/log.js';
import { insist } from './model.fixture.js';
import { ancestorsOf, indexOf, nameOf, type Plan, undoOf } from './plan.fixture.js';

const FORWARD: readonly LogEvent[] = [
  'STEP_STARTED',
  'STEP_RETRIED',
  'EVENT_AWAITED',
  'STEP_COMPLETED',
  'STEP_REFUSED',
  'STEP_FAILED',
  'STEP_TIMED_OUT',
];
const STARTS: readonly LogEvent[] = ['STEP_STARTED', 'EVENT_AWAITED'];
/** After an immediate compensation the step goes on. */
const AT_WORK: readonly LogEvent[] = [
  'STEP_STARTED',
  'STEP_RETRIED',
  'STEP_FAILED',
  'STEP_TIMED_OUT',
  'STEP_COMPENSATED',
];
const BEHIND: readonly LogEvent[] = ['STEP_COMPLETED', 'STEP_SKIPPED', 'STEP_SKIPPED_BY_OPERATOR'];

/**
 * What every whole journal of an ended saga shows, said without the model, so that a mistake of the model cannot hide
 * one of the engine. @throws Error
 */
export function isSound(plan: Plan, logs: readonly LogEntry[]): void {
  for (const [index, { seq }] of logs.entries()) insist(seq === index + 1, `seq ${seq} at place ${index + 1}`);
  const last = logs.at(-1)?.event;
  insist(last === 'SAGA_COMPLETED' || last === 'SAGA_COMPENSATED', `the last entry is ${last}`);
  neverForwardAgain(logs);
  startsInOrder(plan, logs);
  if (last === 'SAGA_COMPENSATED') compensatesAllThatWasDone(plan, logs);
  else for (const index of plan.steps.keys()) insist(isBehind(logs, nameOf(index)), `s${index} is not behind it`);
}

const isFinal = ({ event, data }: LogEntry): boolean =>
  (event === 'STEP_FAILED' || event === 'STEP_TIMED_OUT') && !('retryAt' in data);
const isBehind = (logs: readonly LogEntry[], name: string): boolean =>
  logs.some(({ event, step }) => step === name && BEHIND.includes(event));

function neverForwardAgain(logs: readonly LogEntry[]): void {
  const failing = logs.findIndex(
    (entry) => isFinal(entry) || ['STEP_REFUSED', 'SAGA_CANCEL_REQUESTED', 'SAGA_TIMED_OUT'].includes(entry.event),
  );
  const started = failing === -1 ? undefined : logs.slice(failing).find(({ event }) => STARTS.includes(event));
  insist(started === undefined, `${started?.step} starts though the saga fails`);
  const back = logs.findIndex(({ event, data }) => event === 'COMPENSATION_STARTED' && !('immediate' in data));
  const forward = back === -1 ? undefined : logs.slice(back).find(({ event }) => FORWARD.includes(event));
  insist(forward === undefined, `${forward?.event} of ${forward?.step} though the saga goes back`);
}

function startsInOrder(plan: Plan, logs: readonly LogEntry[]): void {
  const ancestors = ancestorsOf(plan);
  const started = new Set<string>();
  for (const [place, { event, step }] of logs.entries()) {
    if (step === null || !STARTS.includes(event)) continue;
    insist(!started.has(step), `${step} starts twice`);
    started.add(step);
    for (const before of ancestors[indexOf(step)] ?? [])
      insist(isBehind(logs.slice(0, place), nameOf(before)), `${step} starts before s${before}`);
  }
}

/** Exactly the steps done or unknown are taken up, in their order; and all are settled in the end. */
function compensatesAllThatWasDone(plan: Plan, logs: readonly LogEntry[]): void {
  const owed = plan.steps.flatMap((step, index) => {
    const seq = doneSeq(logs, nameOf(index));
    return undoOf(step) === undefined || seq === undefined ? [] : [{ index, seq }];
  });
  const order = plan.compensationOrder;
  const rank = ({ index, seq }: { index: number; seq: number }) => (order === undefined ? -seq : order.indexOf(index));
  const wanted = owed.sort((one, other) => rank(one) - rank(other)).map(({ index }) => nameOf(index));
  const taken = new Set<string>();
  let immediate: string[] = [];
  for (const { event, step, data } of logs) {
    if (step === null) continue;
    if (event === 'COMPENSATION_STARTED' && 'immediate' in data) immediate.push(step);
    else if (event === 'STEP_COMPENSATED') immediate = immediate.filter((it) => it !== step);
    else if (event.startsWith('COMPENSATION') && !immediate.includes(step)) taken.add(step);
  }
  insist(String([...taken]) === String(wanted), `${[...taken]} were taken up, not ${wanted}`);
}

/** The entry that says that the step's work was, or may have been, done. */
function doneSeq(logs: readonly LogEntry[], name: string): number | undefined {
  let isAtWork = false;
  let seq: number | undefined;
  for (const entry of logs) {
    if (entry.step !== name || entry.event === 'LATE_REPLY_IGNORED') continue;
    if (entry.event === 'STEP_COMPLETED' || isFinal(entry) || (entry.event === 'STEP_SKIPPED_BY_OPERATOR' && isAtWork))
      seq = entry.seq;
    isAtWork = AT_WORK.includes(entry.event) && !isFinal(entry);
  }
  return seq;
}
