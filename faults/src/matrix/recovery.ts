import { availableParallelism, loadavg } from 'node:os';
import { type Cell, STEP_TIMEOUT_MS } from './cell.js';
import type { Entry } from './journal.js';
import { scenarioOf, stepOf } from './scenario.js';

/** What is promised: a process that is started again, or a sibling, takes over so long after a step's timeout at the latest. */
const BEYOND_TIMEOUT_MS = 1_000;
/** A process that is started again must first be there. */
const RESTART_MS = 1_500;
/** A message that was spoilt is missed after a timeout of its own, and sent again after a pause. */
const SENT_AGAIN_MS = STEP_TIMEOUT_MS + 300;

const ANSWERED = { do: ['STEP_COMPLETED', 'STEP_REFUSED'], undo: ['STEP_COMPENSATED'] } as const;

/**
 * How long after the end of a process, or its stop, somebody went on with what it was at, in ms: another orchestrator took
 * the saga over; or another participant's answer was journaled. Undefined if nothing was left to be gone on with.
 */
export function takenOverMs(cell: Cell, at: number, journal: readonly Entry[]): number | undefined {
  const { step, phase } = stepOf(scenarioOf(cell).message);
  const byOrchestrator = cell.point.service === 'orchestrator';
  const events: readonly string[] = byOrchestrator ? ['SAGA_CLAIMED'] : ANSWERED[phase];
  const wanted = journal.filter((entry) => events.includes(entry.event) && (byOrchestrator || entry.step === step));
  // What was answered before the end was not left behind.
  if (!byOrchestrator && wanted.some((entry) => entry.at <= at)) return undefined;
  const first = wanted.find((entry) => entry.at > at);
  return first && first.at - at;
}

/** How long that may take, in ms; on a machine with more to do than it can, as much longer. */
export function takeoverLimitMs({ point, end, fate }: Cell): number {
  const spoilt = point.service !== 'orchestrator' && (fate === 'lose' || fate === 'delay');
  const quietMs =
    STEP_TIMEOUT_MS + BEYOND_TIMEOUT_MS + (end === 'kill' ? RESTART_MS : 0) + (spoilt ? SENT_AGAIN_MS : 0);
  return quietMs * busyness();
}

/** 1 on a machine that keeps up; two that wait for each core are what the matrix brings itself. */
const busyness = (): number => Math.max(1, (loadavg()[0] ?? 0) / (2 * availableParallelism()));
