import type { SagaDefinition, StepDefinition } from './definition.js';
import type { RetryPolicy } from './retry.js';

type Head = Omit<SagaDefinition, 'steps'>;

/** Why a definition cannot work; each problem as a clause that says what to change. */
export function problemsOf(head: Head, steps: readonly StepDefinition[]): string[] {
  const problems = [...headProblems(head), ...steps.flatMap(stepProblems)];
  if (steps.length === 0) problems.push('it has no steps; add one with .step(name, command, payload)');
  const names = steps.map(({ name }) => name);
  for (const name of new Set(names.filter((each, index) => names.indexOf(each) !== index)))
    problems.push(`two steps are named ${name}; give one of them another name`);
  return problems;
}

function headProblems({ type, version, timeoutMs }: Head): string[] {
  const problems: string[] = [];
  if (!/^[A-Za-z][\w-]{0,99}$/.test(type)) problems.push('its type must be a name of letters, digits, _ and -');
  if (!Number.isInteger(version) || version < 1) problems.push('its version must be a whole number from 1');
  if (timeoutMs !== undefined && !isTime(timeoutMs)) problems.push(TIMEOUT);
  return problems;
}

function stepProblems({ name, timeoutMs, retry, compensation }: StepDefinition): string[] {
  const problems: string[] = [];
  if (!/^[A-Za-z]\w{0,99}$/.test(name)) problems.push(`step ${JSON.stringify(name)}: a name has letters, digits and _`);
  if (!isTime(timeoutMs)) problems.push(`step ${name}: ${TIMEOUT}`);
  problems.push(...retryProblems(retry).map((problem) => `step ${name}: ${problem}`));
  if (compensation === undefined) return problems;
  if (!isTime(compensation.timeoutMs)) problems.push(`the compensation of step ${name}: ${TIMEOUT}`);
  return [...problems, ...retryProblems(compensation.retry).map((it) => `the compensation of step ${name}: ${it}`)];
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
  if (!(Number.isFinite(factor) && factor >= 1)) problems.push('retry.factor must be a number from 1');
  return problems;
}
