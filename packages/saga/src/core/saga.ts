/** Why a saga does not complete: a refusal's code, a technical code, or CANCELLED. */
export interface Failure {
  readonly code: string;
  readonly message: string;
  /** The step that was refused or whose outcome stayed unknown. */
  readonly step?: string;
  readonly details?: unknown;
}

/**
 * What a step waits for: a reply, at most until `dueAt`; the time `retryAt` at which it is sent again; or one of the
 * events, for ever if `dueAt` is null. Epoch ms.
 */
export type Waiting =
  | { readonly dueAt: number }
  | { readonly retryAt: number }
  | { readonly events: readonly string[]; readonly dueAt: number | null };

/** What is known of a command, local function or wait under way. */
export interface Underway {
  /** Counts every sending of the command; part of its id. */
  readonly attempt: number;
  /** Failed attempts that count against the retry policy. */
  readonly failures: number;
  readonly waiting: Waiting;
  /** Of the latest failed attempt. */
  readonly error?: Failure;
}

/** What is known of a step whose work was, or may have been, done. `doneSeq` is the log entry that said so. */
export interface Done extends Undoing {
  readonly attempt: number;
  readonly doneSeq: number;
  /** Present when the outcome is known. */
  readonly reply?: unknown;
  /** Present when the outcome is unknown. */
  readonly error?: Failure;
}

/** What is known of the compensations of a step, begun or not. */
export interface Undoing {
  /** The number of the latest compensation command sent for it, if there was one. */
  readonly undoAttempt?: number;
}

/** The attempt that follows once an immediate compensation is done. */
export interface Again {
  readonly attempt: number;
  readonly failures: number;
  readonly retryAt: number;
  readonly error: Failure;
}

/** Where a step stands. `REFUSED` did nothing; `FAILED` has an unknown outcome, and is compensated like `COMPLETED`. */
export type StepState =
  | { readonly status: 'PENDING' }
  /** `takenBack`: the failed attempt has been compensated, the next one is awaited. */
  | ({ readonly status: 'RUNNING'; readonly takenBack?: true } & Underway & Undoing)
  /** `kept`: it needs no compensation, said its condition. */
  | ({ readonly status: 'COMPLETED'; readonly kept?: true } & Done)
  | { readonly status: 'REFUSED'; readonly attempt: number; readonly error: Failure }
  | ({ readonly status: 'FAILED'; readonly kept?: true } & Done)
  /**
   * By its condition, by the end of the wait, or by a person, who may have given the reply. `done`: it may have been done,
   * and is compensated with the others; unless it is `settled`: a person has seen to its compensation.
   */
  | {
      readonly status: 'SKIPPED';
      readonly reason: string;
      readonly reply?: unknown;
      readonly done?: Done;
      readonly settled?: true;
      readonly kept?: true;
    }
  /** `again`: the compensation is an immediate one, and the step goes on with that attempt afterwards. */
  | ({ readonly status: 'COMPENSATING'; readonly done: Done; readonly again?: Again } & Underway)
  | { readonly status: 'COMPENSATED'; readonly attempt: number; readonly done: Done }
  | { readonly status: 'COMPENSATION_FAILED'; readonly attempt: number; readonly error: Failure; readonly done: Done };

/** The word for where a step stands. */
export type StepStatus = StepState['status'];
/** A step that waits for an answer, for its next attempt, or for an event. */
export type AtWork = Extract<StepState, { status: 'RUNNING' | 'COMPENSATING' }>;

/** An event that has been received, and that no step has taken yet. */
export interface KeptEvent {
  /** Of the log entry that recorded it. */
  readonly seq: number;
  readonly event: string;
  readonly payload: unknown;
}

/** What few sagas have. */
export interface SagaContext {
  /** Whose share of the places the saga takes: a tenant, say. */
  readonly lane?: string;
  /** Nothing starts before this time. Epoch ms. */
  readonly startsAt?: number;
  /** The saga whose journal this one continues, and the step with which it began anew. */
  readonly restartedFrom?: { readonly sagaId: string; readonly step: string };
  /** How long it was paused, in all. */
  readonly pausedMs?: number;
  /** In the order in which they came. */
  readonly events?: readonly KeptEvent[];
  /** Ids of the events received: the same one again is ignored. */
  readonly eventIds?: readonly string[];
}

/** What every saga has, wherever it stands. */
export interface SagaBase extends SagaContext {
  readonly sagaId: string;
  readonly type: string;
  readonly version: number;
  /** Unique per type: the order's id, say. */
  readonly businessKey: string;
  readonly input: unknown;
  /** By step name. Their order says nothing: a store may not keep it. The definition has it. */
  readonly steps: Readonly<Record<string, StepState>>;
  /** The `seq` of the latest log entry. */
  readonly logSeq: number;
  /** Epoch ms, like all times here. */
  readonly createdAt: number;
  readonly updatedAt: number;
  /** W3C trace context of whoever started it; handed on with each command. */
  readonly traceparent?: string;
}

/** One run of a saga definition. */
export type SagaState =
  /** With a failure: it fails, and waits for the outcome of what is under way. */
  | (SagaBase & { readonly status: 'RUNNING' | 'WAITING'; readonly failure?: Failure })
  /** By a person. `resumesAs`: whether compensation had begun. */
  | (SagaBase & {
      readonly status: 'PAUSED';
      readonly failure?: Failure;
      readonly pausedAt: number;
      readonly resumesAs: 'FORWARD' | 'BACKWARD';
    })
  | (SagaBase & { readonly status: 'COMPENSATING' | 'COMPENSATION_FAILED'; readonly failure: Failure })
  | (SagaBase & { readonly status: 'COMPLETED'; readonly endedAt: number })
  | (SagaBase & { readonly status: 'COMPENSATED'; readonly failure: Failure; readonly endedAt: number });

/** The word for where a saga stands. `COMPLETED` and `COMPENSATED` are its end; `COMPENSATION_FAILED` is parked for a person. */
export type SagaStatus = SagaState['status'];

/** Whether nothing will happen to the saga any more. */
export function hasEnded(saga: SagaState): saga is Extract<SagaState, { endedAt: number }> {
  return saga.status === 'COMPLETED' || saga.status === 'COMPENSATED';
}

/** The failure of a saga that has one. */
export function failureOf(saga: SagaState): Failure | undefined {
  return 'failure' in saga ? saga.failure : undefined;
}

/** Whether the saga goes forward: it has not ended, nothing has failed, no compensation has begun. */
export function goesForward(saga: SagaState): boolean {
  return (saga.status === 'RUNNING' || saga.status === 'WAITING') && saga.failure === undefined;
}

/** The step that is at work, or the first of them. */
export function currentStep(saga: SagaState): string | null {
  for (const [name, { status }] of Object.entries(saga.steps)) {
    if (status === 'RUNNING' || status === 'COMPENSATING' || status === 'COMPENSATION_FAILED') return name;
  }
  return null;
}

/** The steps that wait for an answer, for their next attempt, or for an event. */
export function atWork(saga: SagaState): [string, AtWork][] {
  return Object.entries(saga.steps).filter((entry): entry is [string, AtWork] => {
    const { status } = entry[1];
    return status === 'RUNNING' || status === 'COMPENSATING';
  });
}

const CONTEXT = [
  'lane',
  'startsAt',
  'restartedFrom',
  'pausedMs',
  'events',
  'eventIds',
  'pausedAt',
  'resumesAs',
] as const;

/** What few sagas have besides the rest of their state, as one JSON object for stores to keep; null: nothing. */
export function contextOf(saga: SagaState): Readonly<Record<string, unknown>> | null {
  const all: Readonly<Record<string, unknown>> = { ...saga };
  const said = CONTEXT.filter((key) => all[key] !== undefined);
  return said.length === 0 ? null : Object.fromEntries(said.map((key) => [key, all[key]]));
}
