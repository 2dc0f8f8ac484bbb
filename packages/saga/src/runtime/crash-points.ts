import { type Outcome, parseCommandId } from '../core/command.js';
import type { SagaDefinition } from '../core/definition.js';
import type { LogEntry, LogEvent } from '../core/log.js';

/** Called at each boundary of {@link crashPointsOf} with its name, so that a test can end or stop the process there. */
export type CrashPoint = (name: string) => void;

/** What runs unless a test asks for crashes. */
export const noCrashPoint: CrashPoint = () => {};

/** Around the commit of a transition, and when the commands that it asks for have been handed to the sender. */
const TURN = ['before-commit', 'after-commit', 'after-send'] as const;
export type TurnBoundary = (typeof TURN)[number];
/** A participant's answer is here, and not in the journal. */
const ARRIVAL = 'reply-received';

/** Events of a saga as a whole at which a process may be ended. */
const OWN_EVENTS: readonly LogEvent[] = [
  'SAGA_STARTED',
  'SAGA_PAUSED',
  'SAGA_RESUMED',
  'SAGA_CANCEL_REQUESTED',
  'SAGA_COMPLETED',
  'SAGA_COMPENSATED',
];

/** What is sent once more has boundaries of its own, whichever step's it is. */
const AGAIN: readonly LogEvent[] = ['STEP_RETRIED', 'COMPENSATION_RETRIED'];

/** Events of a step that is taken back. */
const UNDONE: ReadonlySet<LogEvent> = new Set<LogEvent>([
  'COMPENSATION_STARTED',
  'COMPENSATION_SKIPPED',
  'COMPENSATION_FAILED',
  'STEP_COMPENSATED',
]);

/**
 * The boundaries that sagas of this definition pass, by name: `orchestrator:after-commit:bookFlight` when the step is
 * done, `orchestrator:after-commit:bookFlight:undo` when it is taken back, `orchestrator:after-commit:SAGA_COMPLETED`;
 * `orchestrator:after-commit:STEP_RETRIED` when a command is sent once more, and `:COMPENSATION_RETRIED`;
 * likewise `before-commit` and `after-send`. `orchestrator:reply-received:bookFlight`: an answer has arrived and is not
 * in the journal. `orchestrator:after-claim:own` and `:overdue`: sagas have been taken over, and nothing was done with them.
 */
export function crashPointsOf({ steps }: SagaDefinition): string[] {
  const actions = steps.flatMap(({ name, kind, compensation }) => [
    { what: name, kind },
    ...(compensation === undefined ? [] : [{ what: undo(name), kind: compensation.kind }]),
  ]);
  const turns = [...OWN_EVENTS, ...AGAIN, ...actions.map(({ what }) => what)];
  const answered = actions.filter(({ kind }) => kind === 'command');
  return [
    ...TURN.flatMap((boundary) => turns.map((what) => point(boundary, what))),
    ...answered.map(({ what }) => point(ARRIVAL, what)),
    ...(['own', 'overdue'] as const).map(claimPoint),
  ];
}

/** The boundary of a journal entry. */
export const turnPoint = (boundary: TurnBoundary, { event, step }: Pick<LogEntry, 'event' | 'step'>): string =>
  point(boundary, step === null || AGAIN.includes(event) ? event : UNDONE.has(event) ? undo(step) : step);

/** The boundary of sagas that have been taken over. */
export const claimPoint = (which: 'own' | 'overdue'): string => point('after-claim', which);

type OnReply = (id: string, outcome: Outcome) => void;

/** Has each answer pass its boundary before the listener hears of it. */
export function replyPoints(crashPoint: CrashPoint | undefined, listener: OnReply): OnReply {
  if (crashPoint === undefined) return listener;
  return (id, outcome) => {
    const command = parseCommandId(id);
    if (command !== undefined) crashPoint(point(ARRIVAL, command.phase === 'do' ? command.step : undo(command.step)));
    listener(id, outcome);
  };
}

const point = (boundary: string, what: string) => `orchestrator:${boundary}:${what}`;
const undo = (step: string) => `${step}:undo`;
