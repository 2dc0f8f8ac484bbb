import type { CheckoutRequest, CheckoutResult } from '@saga-checkout/shared-types';
import type { FieldError } from '../problem.js';
import { UpstreamError, type UpstreamResponse } from '../upstream/exchange.js';
import type { Replicas } from '../upstream/replicas.js';
import type { LastCall } from './last-call.js';
import { type OrchestratorRefusal, readRefusal, readResult } from './orchestrator-answer.js';

/** With these the orchestrator refuses at its door: nothing was started, and asking at once again would not help. */
type BusyCode = 'ORCHESTRATOR_FULL' | 'PARTICIPANT_UNAVAILABLE';

/** How a checkout's request to the orchestrator ended. */
export type Asked =
  /** The orchestrator has the checkout; `result` is how far it is. */
  | { readonly kind: 'taken'; readonly result: CheckoutResult }
  /** It will not have it, and says what is wrong with the request. */
  | {
      readonly kind: 'rejected';
      readonly status: 400 | 422;
      readonly code: string;
      readonly errors: readonly FieldError[];
    }
  /** It cannot have it now; nothing was started. */
  | {
      readonly kind: 'busy';
      readonly code: BusyCode;
      readonly retryAfterSeconds: number;
      readonly participant?: string | undefined;
    }
  /** Nobody could be asked within the time. `begun`: whether the checkout may run all the same. */
  | { readonly kind: 'unreachable'; readonly begun: 'no' | 'unknown'; readonly reason: string };

export interface AskOptions {
  /** How long somebody who takes the checkout is looked for; an orchestrator that restarts is back within that. */
  readonly patienceMs: number;
  /** Once it is made, nobody waits any more: how far the checkout is, is asked once more. */
  readonly lastCall: LastCall;
  /** Told of every attempt that came to nothing. */
  readonly onFailedAttempt?: (attempt: number, reason: string) => void;
}

/** What the orchestrator may take beyond the wait that it was asked for. */
const SLACK_MS = 2_000;
/** Who answers “under way” so much before the time does not go on waiting, because it is stopping. In ms. */
const EARLY_MS = 250;
const FIRST_DELAY_MS = 50;
const MAX_DELAY_MS = 500;

/**
 * Hands a checkout to an orchestrator, and asks again, another or the same, as long as there is time: always with the
 * same `orderId`, so that it is one checkout however often it is asked for. Who takes it and then stops does not know its
 * outcome: the next one is asked to wait for the rest of the time.
 */
export async function askOrchestrator(
  orchestrators: Replicas,
  request: CheckoutRequest,
  options: AskOptions,
): Promise<Asked> {
  const deadline = performance.now() + options.patienceMs;
  let begun: 'no' | 'unknown' = 'no';
  let underWay: Asked | undefined;
  let { waitMs } = request;
  for (let attempt = 1; ; attempt++) {
    if (options.lastCall.isMade) return underWay ?? lastWord(await tryOnce(orchestrators, request, 0), begun);
    const askedAt = performance.now();
    const tried = await options.lastCall.before(tryOnce(orchestrators, { ...request, waitMs }, deadline));
    if (tried === undefined) {
      begun = 'unknown';
      continue;
    }
    if (tried.kind === 'rejected') return tried;
    if (tried.kind === 'taken') {
      waitMs -= Math.ceil(performance.now() - askedAt);
      if (tried.result.status !== 'PENDING' || waitMs < EARLY_MS || performance.now() >= deadline) return tried;
      underWay = tried;
      begun = 'unknown';
    }
    if (tried.kind === 'busy' && begun === 'no' && isLastWord(tried.code, attempt, orchestrators)) return tried;
    const reason = reasonOf(tried);
    if (tried.kind === 'failed' && tried.begun === 'unknown') begun = 'unknown';
    options.onFailedAttempt?.(attempt, reason);
    const delayMs = attempt < orchestrators.size ? 0 : backoff(attempt - orchestrators.size);
    if (performance.now() + delayMs >= deadline && attempt >= orchestrators.size)
      return underWay ?? { kind: 'unreachable', begun, reason };
    if (delayMs > 0) await options.lastCall.before(new Promise((resolve) => setTimeout(resolve, delayMs)));
  }
}

/**
 * Whether a “not now” is passed on at once. Another orchestrator may have room where this one has none. And “nothing was
 * started” is about one attempt only: after one whose end is not known, asking goes on.
 */
const isLastWord = (code: string, attempt: number, orchestrators: Replicas): boolean =>
  code !== 'ORCHESTRATOR_FULL' || attempt >= orchestrators.size;

/** 50 ms, then double, at most 500; between half of it and all, so that a hundred waiters don't come back as one. */
const backoff = (round: number): number =>
  Math.min(MAX_DELAY_MS, FIRST_DELAY_MS * 2 ** Math.min(round, 10)) * (0.5 + Math.random() / 2);

type Tried =
  | Exclude<Asked, { kind: 'unreachable' }>
  | { readonly kind: 'failed'; readonly begun: 'no' | 'unknown'; readonly reason: string };

async function tryOnce(orchestrators: Replicas, request: CheckoutRequest, deadline: number): Promise<Tried> {
  const left = Math.max(0, Math.ceil(deadline - performance.now()));
  const waitMs = Math.min(request.waitMs, left);
  const body = JSON.stringify(waitMs === request.waitMs ? request : { ...request, waitMs });
  try {
    const timeoutMs = waitMs + SLACK_MS;
    return understand(await orchestrators.send({ method: 'POST', path: '/checkouts', body, timeoutMs }));
  } catch (error) {
    if (!(error instanceof UpstreamError)) throw error;
    return { kind: 'failed', begun: error.sent ? 'unknown' : 'no', reason: error.message };
  }
}

function understand(response: UpstreamResponse): Tried {
  const { status, text } = response;
  if (status === 200) {
    const result = readResult(text);
    return result === undefined ? senseless(response) : { kind: 'taken', result };
  }
  const refusal = readRefusal(text);
  if (refusal === undefined) return senseless(response);
  if (status === 400 || status === 422) return { kind: 'rejected', status, code: refusal.code, errors: refusal.errors };
  return status === 503 ? notNow(refusal) : senseless(response);
}

function notNow({ code, retryAfterSeconds, participant }: OrchestratorRefusal): Tried {
  switch (code) {
    case 'ORCHESTRATOR_FULL':
    case 'PARTICIPANT_UNAVAILABLE':
      return { kind: 'busy', code, retryAfterSeconds, participant };
    case 'BROKER_UNAVAILABLE':
    case 'ORCHESTRATOR_STOPPING':
      return { kind: 'failed', begun: 'no', reason: code };
    default:
      // JOURNAL_UNAVAILABLE too: the commit may have gone through before the answer to it was lost.
      return { kind: 'failed', begun: 'unknown', reason: code };
  }
}

/** What is known of a checkout when nobody is asked any more. */
function lastWord(tried: Tried, begun: 'no' | 'unknown'): Asked {
  if (tried.kind === 'taken' || tried.kind === 'rejected' || (tried.kind === 'busy' && begun === 'no')) return tried;
  const isUnknown = begun === 'unknown' || (tried.kind === 'failed' && tried.begun === 'unknown');
  return { kind: 'unreachable', begun: isUnknown ? 'unknown' : 'no', reason: reasonOf(tried) };
}

/** Why an attempt was not the last. */
function reasonOf(tried: Exclude<Tried, { kind: 'rejected' }>): string {
  if (tried.kind === 'taken') return 'it does not go on waiting';
  return tried.kind === 'failed' ? tried.reason : tried.code;
}

/** An answer nobody promised: it says nothing about whether the checkout began. */
const senseless = ({ status }: UpstreamResponse): Tried => ({
  kind: 'failed',
  begun: 'unknown',
  reason: `the orchestrator answered ${status} with something that is not an answer`,
});
