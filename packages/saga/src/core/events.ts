import type { SagaDefinition, WaitStep } from './definition.js';
import type { Draft } from './draft.js';
import type { ControlHappening } from './happening.js';
import { asJson } from './json.js';
import { failureOf, goesForward, type SagaState } from './saga.js';
import { check } from './schema.js';
import { definitionOf } from './send.js';

type Event = Extract<ControlHappening, { kind: 'event' }>;

/** Keeps an event for the step that waits for it, or will. */
export function onEvent(draft: Draft, { event, payload, id, by }: Event): void {
  const reason = whyUnwanted(draft, event, id);
  if (reason !== undefined) {
    draft.ignored = reason;
    return;
  }
  const checked = checkEvent(draft.definition, event, payload);
  if (!checked.ok) {
    draft.ignored = `the event ${event} breaks its contract: ${checked.problems}`;
    return;
  }
  const data = {
    event,
    payload: asJson(checked.value),
    ...(id !== undefined && { id }),
    ...(by !== undefined && { by }),
  };
  draft.add('EVENT_RECEIVED', data);
}

/** The payload as the event's contract declares it. */
function checkEvent(definition: SagaDefinition, event: string, payload: unknown): ReturnType<typeof check> {
  const contract = waitsOf(definition)
    .flatMap((step) => [step.event, ...step.refusedBy])
    .find(({ name }) => name === event);
  if (contract !== undefined) return check(contract.payload, payload);
  return { ok: false, problems: `no step of ${definition.type} waits for it` };
}

/** Hands the events that are kept to the steps that wait for them, in the order in which they came. */
export function takeEvents(draft: Draft): void {
  for (const { seq, event, payload } of draft.saga.events ?? []) {
    if (!goesForward(draft.saga)) return;
    const name = draft.definition.steps.find(({ name }) => awaits(draft.saga, name, event))?.name;
    if (name === undefined) continue;
    const step = definitionOf(draft, name) as WaitStep;
    if (step.event.name === event) draft.add('STEP_COMPLETED', { reply: payload, eventSeq: seq }, name, 1);
    else {
      const error = { code: event, message: `${name} was answered by ${event}`, step: name, details: payload };
      draft.add('STEP_REFUSED', { error, eventSeq: seq }, name, 1);
    }
  }
}

function awaits(saga: SagaState, name: string, event: string): boolean {
  const step = saga.steps[name];
  return step?.status === 'RUNNING' && 'events' in step.waiting && step.waiting.events.includes(event);
}

function whyUnwanted({ saga, definition }: Draft, event: string, id: string | undefined): string | undefined {
  const steps = waitsOf(definition).filter((step) => wants(step, event));
  if (steps.length === 0) return `no step of ${definition.type} waits for ${event}; ${whatIsAwaited(definition)}`;
  if (id !== undefined && saga.eventIds?.includes(id)) return `the event ${id} was received before`;
  if (failureOf(saga) !== undefined) return `the saga fails, and waits for no event any more`;
  const open = steps.filter(({ name }) => isOpen(saga, name));
  if (open.length === 0)
    return `no step waits for ${event} any more: ${steps.map(({ name }) => `${name} is ${saga.steps[name]?.status}`).join(', ')}`;
  if (!hasStepFor({ saga, definition }, event))
    return `an event for ${open.map(({ name }) => name).join(', ')} was received before`;
  return undefined;
}

function isOpen(saga: SagaState, name: string): boolean {
  const status = saga.steps[name]?.status;
  return status === 'PENDING' || status === 'RUNNING';
}

/** Whether some step would still want the event if each of those that are kept went to a step of its own. */
function hasStepFor({ saga, definition }: Pick<Draft, 'saga' | 'definition'>, event: string): boolean {
  const open = waitsOf(definition).filter(({ name }) => isOpen(saga, name));
  const takers = new Map<WaitStep, string>();
  for (const kept of saga.events ?? []) assign(kept.event, open, takers, new Set());
  return assign(event, open, takers, new Set());
}

/** Finds a step for the event; a step that has one already may have to take over another's, if that finds a step itself. */
function assign(
  event: string,
  open: readonly WaitStep[],
  takers: Map<WaitStep, string>,
  asked: Set<WaitStep>,
): boolean {
  for (const step of open) {
    if (asked.has(step) || !wants(step, event)) continue;
    asked.add(step);
    const other = takers.get(step);
    if (other !== undefined && !assign(other, open, takers, asked)) continue;
    takers.set(step, event);
    return true;
  }
  return false;
}

const wants = ({ event, refusedBy }: WaitStep, name: string): boolean =>
  event.name === name || refusedBy.some((each) => each.name === name);

const waitsOf = ({ steps }: SagaDefinition): WaitStep[] => steps.filter((step) => step.kind === 'wait');

function whatIsAwaited(definition: SagaDefinition): string {
  const names = waitsOf(definition).flatMap((step) => [step.event.name, ...step.refusedBy.map(({ name }) => name)]);
  return names.length === 0 ? 'it waits for no events' : `it waits for ${[...new Set(names)].join(', ')}`;
}
