import type { CompensationDefinition, SagaDefinition, StepDefinition, WaitStep } from './definition.js';
import { ancestorsOf, cycleIn } from './graph.js';
import type { RetryPolicy } from './retry.js';

type Head = Omit<SagaDefinition, 'steps'>;
type Steps = readonly StepDefinition[];

/** Why a definition cannot work; each problem as a clause that says what to change. */
export function problemsOf(head: Head, steps: Steps): string[] {
  const problems = [...headProblems(head), ...steps.flatMap(stepProblems)];
  if (steps.length === 0) problems.push('it has no steps; add one with .step(name, command, payload)');
  const names = steps.map(({ name }) => name);
  for (const name of new Set(names.filter((each, index) => names.indexOf(each) !== index)))
    problems.push(`two steps are named ${name}; give one of them another name`);
  return [...problems, ...graphProblems(steps), ...orderProblems(head, steps), ...pivotProblems(steps)];
}

function headProblems({ type, version, timeoutMs }: Head): string[] {
  const problems: string[] = [];
  if (!/^[A-Za-z][\w-]{0,99}$/.test(type)) problems.push('its type must be a name of letters, digits, _ and -');
  if (!Number.isInteger(version) || version < 1) problems.push('its version must be a whole number from 1');
  if (timeoutMs !== undefined && !isTime(timeoutMs)) problems.push(TIMEOUT);
  return problems;
}

function stepProblems(step: StepDefinition): string[] {
  const { name, timeoutMs, retry, compensation } = step;
  const problems: string[] = [];
  if (!/^[A-Za-z]\w{0,99}$/.test(name)) problems.push(`step ${JSON.stringify(name)}: a name has letters, digits and _`);
  if (timeoutMs !== null && !isTime(timeoutMs)) problems.push(`step ${name}: ${TIMEOUT}`);
  problems.push(...retryProblems(retry).map((problem) => `step ${name}: ${problem}`));
  if (step.kind === 'wait') problems.push(...waitProblems(step));
  if (compensation !== undefined) problems.push(...compensationProblems(name, compensation));
  return problems;
}

function waitProblems({ name, event, refusedBy, pivot, compensation }: WaitStep): string[] {
  const problems: string[] = [];
  const names = [event, ...refusedBy].map((each) => each.name);
  if (new Set(names).size < names.length)
    problems.push(`step ${name}: an event cannot mean both yes and no; name each event once`);
  if (pivot) problems.push(`step ${name}: a wait cannot be the pivot, it does nothing`);
  if (compensation !== undefined) problems.push(`step ${name}: a wait changes nothing that could be compensated`);
  return problems;
}

function compensationProblems(name: string, { timeoutMs, retry }: CompensationDefinition): string[] {
  const problems = retryProblems(retry);
  if (!isTime(timeoutMs)) problems.push(TIMEOUT);
  return problems.map((problem) => `the compensation of step ${name}: ${problem}`);
}

function graphProblems(steps: Steps): string[] {
  const names = new Set(steps.map(({ name }) => name));
  const unknown = steps.flatMap(({ name, dependsOn }) =>
    dependsOn
      .filter((before) => !names.has(before))
      .map((before) => `step ${name} depends on ${before}, which is no step; its steps are ${[...names].join(', ')}`),
  );
  const cycle = cycleIn(steps);
  if (cycle !== undefined)
    unknown.push(`${cycle.join(' depends on ')}: none of them could ever start; take one of these away`);
  return unknown;
}

function orderProblems({ compensationOrder }: Head, steps: Steps): string[] {
  if (compensationOrder === undefined) return [];
  const problems: string[] = [];
  const able = steps.filter(({ compensation }) => compensation !== undefined).map(({ name }) => name);
  for (const name of compensationOrder)
    if (!able.includes(name)) problems.push(`compensationOrder names ${name}, which is no step with a compensation`);
  for (const name of able)
    if (!compensationOrder.includes(name))
      problems.push(`compensationOrder leaves out ${name}; it must name every step with a compensation`);
  if (new Set(compensationOrder).size < compensationOrder.length) problems.push('compensationOrder names a step twice');
  return problems;
}

/** Past the pivot there is no way back, so nothing that runs beside or after it may fail. */
function pivotProblems(steps: Steps): string[] {
  return steps
    .filter(({ pivot }) => pivot)
    .flatMap((pivot) => {
      const before = ancestorsOf({ steps }, pivot.name);
      const own = `step ${pivot.name} is a pivot, and would be taken back after a failed attempt: ${DEFERRED}`;
      const others = steps
        .filter((step) => step !== pivot && !before.has(step.name))
        .flatMap((step) =>
          waysToFail(step).map(
            (way) =>
              `step ${step.name} may still fail after the pivot ${pivot.name} has begun: ${way}, or have the pivot depend on it`,
          ),
        );
      return isImmediate(pivot) ? [own, ...others] : others;
    });
}

const DEFERRED = `give its compensation strategy: 'deferred'`;
const isImmediate = ({ compensation }: StepDefinition): boolean => compensation?.strategy === 'immediate';

function waysToFail(step: StepDefinition): string[] {
  const ways: string[] = [];
  if (step.kind === 'wait') {
    if (step.timeoutMs !== null && step.onTimeout === 'fail') ways.push(`give it onTimeout: 'continue'`);
    if (step.refusedBy.length > 0) ways.push('take its refusedBy away');
    return ways;
  }
  if (step.retry.maxAttempts !== 'forever') ways.push(`give it retry: 'forever'`);
  if (isImmediate(step)) ways.push(DEFERRED);
  const refusals = step.kind === 'command' ? step.command.refusals : step.refusals;
  if (refusals.length > 0) ways.push(`take an action that cannot refuse (it may with ${refusals.join(', ')})`);
  return ways;
}

const TIMEOUT = 'timeoutMs must be a number of milliseconds above zero';
const isTime = (ms: number): boolean => Number.isFinite(ms) && ms > 0;
const isDelay = (ms: number): boolean => Number.isFinite(ms) && ms >= 0;

function retryProblems({ maxAttempts, initialDelayMs, factor, maxDelayMs }: RetryPolicy): string[] {
  const problems: string[] = [];
  if (maxAttempts !== 'forever' && !(Number.isInteger(maxAttempts) && maxAttempts > 0))
    problems.push(`retry.maxAttempts must be a whole number from 1, or 'forever'`);
  if (!isDelay(initialDelayMs)) problems.push('retry.initialDelayMs must be a number of milliseconds');
  if (!isDelay(maxDelayMs)) problems.push('retry.maxDelayMs must be a number of milliseconds');
  // Cut off in silence, an hour between attempts would be half a minute.
  if (initialDelayMs > maxDelayMs)
    problems.push(
      `retry.initialDelayMs (${initialDelayMs}) is longer than maxDelayMs (${maxDelayMs}): give maxDelayMs, too`,
    );
  if (!(Number.isFinite(factor) && factor >= 1)) problems.push('retry.factor must be a number from 1');
  return problems;
}
