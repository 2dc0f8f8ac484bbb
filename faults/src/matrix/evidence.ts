import { readFileSync } from 'node:fs';
import { waitFor } from '@saga-checkout/local-stack';
import type { Done } from '../shop/fault-plans.js';
import type { Shop } from '../shop/shop.js';
import type { Cell } from './cell.js';
import { type Entry, journalOf, type SagaIds } from './journal.js';
import { scenarioOf, stepOf } from './scenario.js';

/** How long is waited for what must show, in ms. */
const PATIENCE_MS = 20_000;

/** Boundaries that a participant's message passes before it is acknowledged. */
const BEFORE_ACK =
  /:(received|before-ack|(before|after)-(commit|outcome-commit|provider|decision|return|lookup|reply)):/;

/** Whether the message at hand must be delivered again: its process was killed, and had not acknowledged it. */
export const comesAgain = ({ point, end, fate }: Cell): boolean =>
  point.service !== 'orchestrator' && end === 'kill' && fate === 'nothing' && BEFORE_ACK.test(point.name);

/** All that was sent for the step must be in its queue again, while nobody consumes. */
export async function notBackInQueue(shop: Shop, cell: Cell, saga: SagaIds): Promise<string[]> {
  const { message } = scenarioOf(cell);
  const { step, phase } = stepOf(message);
  const sent = phase === 'do' ? ['STEP_STARTED', 'STEP_RETRIED'] : ['COMPENSATION_STARTED', 'COMPENSATION_RETRIED'];
  const queue = `${message.split(' ')[1]?.split('.')[0]}_commands`;
  let counts = { waiting: 0, sent: 0 };
  const isBack = async () => {
    // In this order: what is sent between the two must not stand in for what was not given back.
    const waiting = await shop.queues.count(queue);
    const journal = await journalOf(shop, saga);
    counts = { waiting, sent: journal.filter((each) => each.step === step && sent.includes(each.event)).length };
    return counts.waiting >= counts.sent;
  };
  if (await waitFor(isBack, { timeoutMs: 2_000, everyMs: 10 })) return [];
  return [`${counts.waiting} of ${counts.sent} messages of ${step} are in ${queue}: one was acknowledged too early`];
}

/**
 * Whether a sibling must take the saga over while the orchestrator is stopped: the saga is in the journal, has not ended,
 * and is this process's.
 */
export const isTakenOver = ({ point, end }: Cell): boolean =>
  end === 'stop' &&
  point.service === 'orchestrator' &&
  !/:before-commit:SAGA_STARTED$|:after-(commit|send):SAGA_COMP|SAGA_(CANCEL_REQUESTED|PAUSED|RESUMED)$|:after-claim:/.test(
    point.name,
  );

/** Resolves once the journal says that the saga was taken over after that time, or not within patience. */
export const takenOver = (shop: Shop, saga: SagaIds, after: number): Promise<boolean | undefined> =>
  waitFor(async () => (await journalOf(shop, saga)).some(({ event, at }) => event === 'SAGA_CLAIMED' && at > after), {
    timeoutMs: PATIENCE_MS,
    everyMs: 25,
  });

/** The process that was stopped must have found that the row had moved on, and dropped what it was about to write. */
export async function neverLost(shop: Shop, saga: SagaIds, { pid }: Done): Promise<string[]> {
  const logFile = shop.processes().find((each) => each.pid === pid)?.logFile;
  const hasLost = () =>
    logFile !== undefined &&
    readFileSync(logFile, 'utf8')
      .split('\n')
      .some((line) => line.includes('the row has moved on') && line.includes(saga.sagaId));
  if (await waitFor(hasLost, { timeoutMs: PATIENCE_MS, everyMs: 25 })) return [];
  return ['the late writer did not lose: its log does not say that the row has moved on'];
}

/** A message to or from a participant that was lost, or came after its timeout, must have been missed. */
export function neverMissed(cell: Cell, journal: readonly Entry[]): string[] {
  const { point, fate } = cell;
  if (point.service === 'orchestrator' || (fate !== 'lose' && fate !== 'delay')) return [];
  const { step, phase } = stepOf(scenarioOf(cell).message);
  const event = phase === 'do' ? 'STEP_TIMED_OUT' : 'COMPENSATION_FAILED';
  if (journal.some((each) => each.event === event && each.step === step)) return [];
  return [`${step} has no ${event}: its message was to be ${fate === 'lose' ? 'lost' : 'late'}`];
}
