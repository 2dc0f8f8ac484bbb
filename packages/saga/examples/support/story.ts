import { type Failure, type LogEntry, type LogEvent, type Phase, type SagaDefinition } from '@saga-checkout/saga';

const DAY = 86_400_000;

type Entry<E extends LogEvent> = Extract<LogEntry, { event: E }>;
type Teller = { readonly [E in LogEvent]: (entry: Entry<E>, told: Told) => string };

interface Told {
  readonly definition: SagaDefinition;
  /** When something that the entry names will happen, as seen from the start of the saga. */
  readonly when: (at: number) => string;
}

/** Tells what a saga's journal says, a sentence for each entry, with the time since its start. */
export function story(definition: SagaDefinition, logs: readonly LogEntry[]): string {
  const begun = logs[0]?.at ?? 0;
  const told = { definition, when: (at: number) => duration(at - begun) };
  return logs.map((entry) => `${told.when(entry.at).padStart(13)}  ${sentence(entry, told)}`).join('\n');
}

const sentence = (entry: LogEntry, told: Told): string =>
  (TELLERS[entry.event] as (entry: LogEntry, told: Told) => string)(entry, told);

const TELLERS: Teller = {
  SAGA_STARTED: ({ data }) => `The ${data.type} ${data.businessKey} begins, with ${json(data.input)}.`,
  STEP_STARTED: ({ step }, told) => `${step} begins: ${asked(step, 'do', told)}.`,
  STEP_RETRIED: ({ step, attempt }, told) => `${step} is tried again (attempt ${attempt}): ${asked(step, 'do', told)}.`,
  STEP_COMPLETED: ({ step, data }) => `${step} is done${isEmpty(data.reply) ? '' : `: ${json(data.reply)}`}.`,
  STEP_REFUSED: ({ step, data }) => `${step} is refused: ${why(data.error)}.`,
  STEP_FAILED: ({ step, data }, told) => `${step} fails: ${why(data.error)}; ${next(data, told)}.`,
  STEP_TIMED_OUT: ({ data }, told) => `${why(data.error)}; ${next(data, told)}.`,
  STEP_SKIPPED: ({ step, data }) => `${step} is skipped: ${readable(data.reason)}.`,
  STEP_SKIPPED_BY_OPERATOR: ({ step, data }) => `${data.by ?? 'Somebody'} settles ${step} by hand: ${data.reason}.`,
  EVENT_AWAITED: ({ step, data }, told) => `${step} waits for ${data.events.join(' or ')}${until(data.dueAt, told)}.`,
  EVENT_RECEIVED: ({ data }) => `The event ${data.event} arrives, with ${json(data.payload)}.`,
  COMPENSATION_STARTED: ({ step, data }, told) =>
    `${step} is taken back, because of ${data.failure.code}: ${asked(step, 'undo', told)}.`,
  COMPENSATION_RETRIED: ({ step, attempt }, told) =>
    `${step} is taken back again (attempt ${attempt}): ${asked(step, 'undo', told)}.`,
  COMPENSATION_FAILED: ({ step, data }, told) =>
    `${step} cannot be taken back: ${why(data.error)}; ${data.retryAt === undefined ? 'a person must look' : next(data, told)}.`,
  COMPENSATION_SKIPPED: ({ step, data }) => `${step} stays as it is: taking it back is ${data.reason}.`,
  STEP_COMPENSATED: ({ step }) => `${step} has been taken back.`,
  SAGA_COMPLETED: () => 'The saga is completed.',
  SAGA_COMPENSATED: ({ data }) => `The saga has ended with ${data.failure.code}; what was done has been taken back.`,
  SAGA_CLAIMED: ({ data }) => `${data.owner} takes the saga up.`,
  SAGA_CANCEL_REQUESTED: ({ data }) => `${data.by ?? 'Somebody'} cancels the saga: ${data.failure.message}.`,
  SAGA_TIMED_OUT: ({ data }) => `The time of the saga is over: ${data.failure.message}.`,
  SAGA_RETRIED: ({ data }) => `${data.by ?? 'Somebody'} has it tried again${data.reason ? `: ${data.reason}` : ''}.`,
  SAGA_PAUSED: ({ data }) => `${data.by ?? 'Somebody'} pauses the saga${data.reason ? `: ${data.reason}` : ''}.`,
  SAGA_RESUMED: ({ data }) => `${data.by ?? 'Somebody'} resumes the saga${data.reason ? `: ${data.reason}` : ''}.`,
  LATE_REPLY_IGNORED: ({ step, data }) => `An answer to ${step} comes too late: ${data.reason}.`,
};

function asked(name: string | null, phase: Phase, { definition }: Told): string {
  const step = definition.steps.find((each) => each.name === name);
  const action = phase === 'do' ? step : step?.compensation;
  return action?.kind === 'command'
    ? `${action.command.name} goes to ${action.command.queue}`
    : 'its function is called';
}

/** The message, after the code if it does not say it itself. */
const why = ({ code, message }: Failure): string =>
  message.includes(code) ? readable(message) : `${code}, ${readable(message)}`;

const readable = (message: string): string => message.replaceAll(/\b(\d+) ms\b/g, (_, ms) => duration(Number(ms)));

function next({ retryAt }: { readonly retryAt?: number }, { when }: Told): string {
  return retryAt === undefined ? 'it is given up' : `it is tried again at ${when(retryAt)}`;
}

function until(dueAt: number | null, { when }: Told): string {
  return dueAt === null ? '' : `, at most until ${when(dueAt)}`;
}

const json = (value: unknown): string => JSON.stringify(value).replaceAll('"', '').replaceAll(/[,:]/g, '$& ');

const isEmpty = (value: unknown): boolean => json(value) === '{}';

/** 0.250 s; 1:30:05; 7 d 08:00:00. */
function duration(ms: number): string {
  if (ms < 60_000) return `${(ms / 1_000).toFixed(3)} s`;
  const time = new Date(ms % DAY).toISOString();
  return ms < DAY ? time.slice(11, 19) : `${Math.floor(ms / DAY)} d ${time.slice(11, 19)}`;
}
