import { afterEach, inject } from 'vitest';
import { FaultPlans, type Faulty, isFaulty } from '../../../faults/src/shop/fault-plans.js';
import type { Answer } from './http.js';
import type { ShopClient } from './shop-client.js';

/** Processes of the shared shop can be stopped, and go on; those that a test leaves stopped go on after it. */
export function sharedProcesses() {
  const pidOf = (name: string): number => {
    const pid = inject('processes').find((each) => each.name === name)?.pid;
    if (pid === undefined) throw new Error(`the shop of these tests has no process ${name}`);
    return pid;
  };
  const stopped = new Set<string>();
  const goOn = (name: string): void => {
    process.kill(pidOf(name), 'SIGCONT');
    stopped.delete(name);
  };
  afterEach(() => {
    for (const name of stopped) goOn(name);
  });
  return {
    stop: (name: string): void => {
      stopped.add(name);
      process.kill(pidOf(name), 'SIGSTOP');
    },
    goOn,
  };
}

/** Has the services of the shared shop follow fault plans; none any more after each test. */
export function sharedPlans() {
  const plans = new FaultPlans(inject('plansFolder'));
  const followers = inject('processes').flatMap((each) => (isFaulty(each.service) ? [{ ...each, alive: true }] : []));
  const follow = (of: Partial<Record<Faulty, readonly string[]>>) => plans.follow(of, followers);
  afterEach(async () => {
    await follow({});
    plans.forget();
  });
  return { follow };
}

/** What an operator does to a saga, at one of the orchestrators. */
export async function operate(
  shop: ShopClient,
  sagaId: string,
  action: 'compensate' | 'retry',
  replica = 0,
): Promise<number> {
  const response = await fetch(`${shop.urlOf('orchestrator', replica)}/sagas/${sagaId}/${action}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ reason: 'a race', by: 'ada' }),
  });
  await response.arrayBuffer();
  return response.status;
}

/** The same numbers every time: 0, 1, 2 … */
export const numbers = (count: number): number[] => Array.from({ length: count }, (_, number) => number);

/** What is wrong with answers that should be of these statuses. */
export const others = (answers: readonly Answer[], ...statuses: number[]): unknown[] =>
  answers.filter(({ status }) => !statuses.includes(status)).map(({ status, body }) => ({ status, body }));
