import { advance } from './advance.js';
import { dueAt, onDue, onRecovered } from './clock.js';
import type { LocalCall, OutgoingCommand } from './command.js';
import { onCancelRequested, onCompensate, onPause, onResume, onRetry, onSkip } from './control.js';
import { misfit, type SagaDefinition } from './definition.js';
import { Draft } from './draft.js';
import { onEvent } from './events.js';
import { started } from './evolve.js';
import type { Happening } from './happening.js';
import { asJson } from './json.js';
import type { LogEntry } from './log.js';
import { onReply } from './replies.js';
import { hasEnded, type SagaState } from './saga.js';

/** What follows from a happening: the new state, and what to journal and then to send. */
export interface Transition {
  readonly saga: SagaState;
  readonly logs: readonly LogEntry[];
  readonly commands: readonly OutgoingCommand[];
  /** Functions to run in this process; each one's outcome comes back as a reply. See `runLocal`. */
  readonly calls: readonly LocalCall[];
  /** When the saga must be looked at again if nothing happens before. Epoch ms; null: there is nothing to wait for. */
  readonly dueAt: number | null;
  /** Why the happening did not apply, if it did not. */
  readonly ignored?: string;
}

/** Who begins: the identity and input of a new saga. */
export interface Beginning {
  readonly sagaId: string;
  readonly businessKey: string;
  readonly input: unknown;
  readonly traceparent?: string;
  /** Whose share of the places the saga takes: a tenant, say. */
  readonly lane?: string;
  /** Nothing starts before this time. Epoch ms. */
  readonly startsAt?: number;
}

/** The first transition of a new saga. Pure. */
export function begin(definition: SagaDefinition, beginning: Beginning, now: number): Transition {
  const { sagaId, input, ...said } = beginning;
  const { type, version } = definition;
  const steps = definition.steps.map(({ name }) => name);
  const given = Object.entries(said).filter(([, value]) => value !== undefined);
  const data = { type, version, input: asJson(input), steps, ...(Object.fromEntries(given) as typeof said) };
  const first = { seq: 1, event: 'SAGA_STARTED', step: null, attempt: null, data, at: now } as const;
  const draft = new Draft(definition, started(sagaId, first), now);
  draft.logs.push(first);
  advance(draft);
  return finished(draft);
}

/**
 * What follows from a happening. Pure and total: a happening that does not apply (a duplicate reply, a reply to an
 * earlier attempt, anything after the end, a saga of other steps) changes nothing and says why in `ignored`.
 */
export function transition(definition: SagaDefinition, saga: SagaState, happening: Happening, now: number): Transition {
  const draft = new Draft(definition, saga, now);
  const reason = misfit(definition, saga);
  if (reason === undefined) apply(draft, happening);
  else draft.ignored = reason;
  if (draft.ignored === undefined) advance(draft);
  return finished(draft);
}

function apply(draft: Draft, happening: Happening): void {
  if (happening.kind === 'reply') return onReply(draft, happening);
  if (hasEnded(draft.saga)) {
    draft.ignored = `the saga has ended: ${draft.saga.status}`;
    return;
  }
  switch (happening.kind) {
    case 'due':
      return onDue(draft);
    case 'recovered':
      return onRecovered(draft);
    case 'cancelRequested':
      return onCancelRequested(draft, happening);
    case 'retry':
      return onRetry(draft, happening);
    case 'compensate':
      return onCompensate(draft, happening);
    case 'skip':
      return onSkip(draft, happening);
    case 'pause':
      return onPause(draft, happening);
    case 'resume':
      return onResume(draft, happening);
    case 'event':
      return onEvent(draft, happening);
  }
}

/** The transition that the draft has become. */
export function finished({ definition, saga, logs, commands, calls, ignored }: Draft): Transition {
  const transition = { saga, logs, commands, calls, dueAt: dueAt(definition, saga) };
  return ignored === undefined ? transition : { ...transition, ignored };
}
