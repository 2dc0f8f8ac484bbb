/** Why a saga does not complete: a refusal's code, a technical code, or CANCELLED. */
export interface Failure {
  readonly code: string;
  readonly message: string;
  /** The step that was refused or whose outcome stayed unknown. */
  readonly step?: string;
  readonly details?: unknown;
}

/** What a step waits for: a reply, at most until `dueAt`; or the time `retryAt` at which it is sent again. Epoch ms. */
export type Waiting = { readonly dueAt: number } | { readonly retryAt: number };

interface Sending {
  /** Counts every sending of the command; part of its id. */
  readonly attempt: number;
  /** Failed attempts that count against the retry policy. */
  readonly failures: number;
  readonly waiting: Waiting;
  /** Of the latest failed attempt. */
  readonly error?: Failure;
}

/** What is known of a step whose work was, or may have been, done. `doneSeq` is the log entry that said so. */
interface Done {
  readonly attempt: number;
  readonly doneSeq: number;
  /** Present when the outcome is known. */
  readonly reply?: unknown;
  /** Present when the outcome is unknown. */
  readonly error?: Failure;
}

export type StepState =
  | { readonly status: 'PENDING' }
  | ({ readonly status: 'RUNNING' } & Sending)
  | ({ readonly status: 'COMPLETED' } & Done)
  | { readonly status: 'REFUSED'; readonly attempt: number; readonly error: Failure }
  | ({ readonly status: 'FAILED' } & Done)
  | { readonly status: 'SKIPPED'; readonly reason: string; readonly done?: Done }
  | ({ readonly status: 'COMPENSATING'; readonly done: Done } & Sending)
  | { readonly status: 'COMPENSATED'; readonly attempt: number; readonly done: Done }
  | { readonly status: 'COMPENSATION_FAILED'; readonly attempt: number; readonly error: Failure; readonly done: Done };

export type StepStatus = StepState['status'];

interface SagaBase {
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
  | (SagaBase & { readonly status: 'RUNNING' | 'WAITING' | 'PAUSED'; readonly failure?: Failure })
  | (SagaBase & { readonly status: 'COMPENSATING' | 'COMPENSATION_FAILED'; readonly failure: Failure })
  | (SagaBase & { readonly status: 'COMPLETED'; readonly endedAt: number })
  | (SagaBase & { readonly status: 'COMPENSATED'; readonly failure: Failure; readonly endedAt: number });

export type SagaStatus = SagaState['status'];

/** Whether nothing will happen to the saga any more. */
export function hasEnded(saga: SagaState): saga is Extract<SagaState, { endedAt: number }> {
  return saga.status === 'COMPLETED' || saga.status === 'COMPENSATED';
}

/** The failure of a saga that has one. */
export function failureOf(saga: SagaState): Failure | undefined {
  return 'failure' in saga ? saga.failure : undefined;
}

/** The step that is at work, or the first of them. */
export function currentStep(saga: SagaState): string | null {
  for (const [name, { status }] of Object.entries(saga.steps)) {
    if (status === 'RUNNING' || status === 'COMPENSATING' || status === 'COMPENSATION_FAILED') return name;
  }
  return null;
}
