import type { CompensationDefinition, SagaDefinition, StepDefinition } from './definition.js';

/** What of a step matters to sagas under way, as plain JSON. */
export type StepShape = Readonly<Record<string, string | boolean | readonly string[]>>;

/** What of a definition matters to sagas under way: not its timeouts, retries and payloads, which may change at any time. */
export interface DefinitionShape {
  /** By name. */
  readonly steps: Readonly<Record<string, StepShape>>;
  readonly compensationOrder?: readonly string[];
}

/** The shape of a definition. */
export function shapeOf({ steps, compensationOrder }: SagaDefinition): DefinitionShape {
  const shapes = Object.fromEntries(steps.map((step) => [step.name, stepShape(step)]));
  return compensationOrder === undefined ? { steps: shapes } : { steps: shapes, compensationOrder };
}

function stepShape(step: StepDefinition): StepShape {
  const { kind, dependsOn, when, pivot, compensation } = step;
  const base: StepShape = {
    kind,
    dependsOn: [...dependsOn].sort(),
    ...(when && { conditional: true }),
    ...(pivot && { pivot }),
  };
  if (step.kind === 'wait') {
    const refusedBy = step.refusedBy.map(({ name }) => name);
    return { ...base, event: step.event.name, ...(refusedBy.length > 0 && { refusedBy }), onTimeout: step.onTimeout };
  }
  const action: StepShape = step.kind === 'command' ? { command: step.command.name, queue: step.command.queue } : {};
  return { ...base, ...action, ...(compensation && compensationShape(compensation)) };
}

function compensationShape(compensation: CompensationDefinition): StepShape {
  const { kind, strategy, when } = compensation;
  const what = kind === 'command' ? compensation.command.name : 'a local function';
  return {
    compensation: what,
    ...(kind === 'command' && { compensationQueue: compensation.command.queue }),
    ...(strategy === 'immediate' && { immediate: true }),
    ...(when && { compensatedOnlyWhen: true }),
  };
}

/** A text that is the same for the same shape only. */
export function fingerprintOf(shape: DefinitionShape): string {
  const text = JSON.stringify(sorted(shape));
  const halves = [0xcbf29ce484222325n, 0x84222325cbf29ce4n].map((seed) => hash(text, seed));
  return halves.map((half) => half.toString(16).padStart(16, '0')).join('');
}

/** FNV-1a, 64 bits. */
function hash(text: string, seed: bigint): bigint {
  let value = seed;
  for (let index = 0; index < text.length; index++)
    value = BigInt.asUintN(64, (value ^ BigInt(text.charCodeAt(index))) * 0x100000001b3n);
  return value;
}

/** What was changed from one shape to another, each change as a clause. */
export function changesBetween(before: DefinitionShape, after: DefinitionShape): string[] {
  const changes: string[] = [];
  for (const name of Object.keys(before.steps))
    if (!Object.hasOwn(after.steps, name)) changes.push(`step ${name} is gone`);
  for (const [name, step] of Object.entries(after.steps)) {
    const old = before.steps[name];
    if (old === undefined) changes.push(`step ${name} is new`);
    else changes.push(...stepChanges(old, step).map((change) => `step ${name}: ${change}`));
  }
  const order = change('compensationOrder', before.compensationOrder, after.compensationOrder);
  return order === undefined ? changes : [...changes, order];
}

function stepChanges(before: StepShape, after: StepShape): string[] {
  const keys = new Set([...Object.keys(before), ...Object.keys(after)]);
  return [...keys].map((key) => change(key, before[key], after[key])).filter((it) => it !== undefined);
}

function change(what: string, before: unknown, after: unknown): string | undefined {
  if (JSON.stringify(before) === JSON.stringify(after)) return undefined;
  return `${what} was ${inWords(before)}, now ${inWords(after)}`;
}

function inWords(value: unknown): string {
  if (value === undefined) return 'absent';
  return Array.isArray(value) ? `[${value.join(', ')}]` : String(value);
}

/** With its keys in order, however a store gives them back. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1));
  return Object.fromEntries(entries.map(([key, each]) => [key, sorted(each)]));
}
