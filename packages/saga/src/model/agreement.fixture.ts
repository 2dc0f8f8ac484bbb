import { isDeepStrictEqual } from 'node:util';
import { fold } from '../core/evolve.js';
import type { LogEntry } from '../core/log.js';
import type { SagaState } from '../core/saga.js';
import { isSound } from './journal.fixture.js';
import { insist, Model } from './model.fixture.js';
import type { Participants } from './participants.fixture.js';
import { type Plan, undoOf } from './plan.fixture.js';
import { follow } from './rules.fixture.js';

export const INPUT = { n: 7 };

/** The model of an ended saga, if its journal, its state, and what participants have done agree. @throws Error */
export function agreed(plan: Plan, saga: SagaState, logs: readonly LogEntry[], participants: Participants): Model {
  const model = new Model(plan);
  try {
    for (const entry of logs) follow(model, entry, 'any');
    insist(isDeepStrictEqual(fold(logs, saga.sagaId), saga), 'the journal does not fold to the state');
    insist(model.ended === saga.status, `it is ${saga.status}, not ${model.ended}`);
    isSound(plan, logs);
    isDoneOrTakenBack(model, participants.standing(saga.sagaId));
    isToldRightly(model, participants, saga.sagaId);
    return model;
  } catch (error) {
    const story = logs.map((entry) => `  ${JSON.stringify(entry)}`).join('\n');
    throw new Error(`${(error as Error).message}\n${story}`, { cause: error });
  }
}

/** A saga that completed has done all it says; of one that was taken back, nothing is left that could be taken back. */
function isDoneOrTakenBack(model: Model, standing: readonly string[]): void {
  for (const [name, { is, kept, isSettled }] of model.steps) {
    const plan = model.planOf(name);
    if (is === 'done' && plan.kind !== 'wait' && model.ended === 'COMPLETED')
      insist(standing.includes(name), `${name} is done, says the journal, but nobody did it`);
    if (['pending', 'refused', 'undone'].includes(is))
      insist(!standing.includes(name), `${name} is ${is}, but its work stands`);
    if (model.ended !== 'COMPENSATED' || kept || isSettled || undoOf(plan) === undefined) continue;
    insist(!standing.includes(name), `${name} is ${is}, and was not taken back`);
  }
}

/** Local functions are given the replies of the steps before them: exactly those that there are. */
function isToldRightly(model: Model, { told }: Participants, sagaId: string): void {
  for (const call of told.filter((it) => it.sagaId === sagaId)) {
    const may = { input: INPUT, replies: model.repliesFor(call.step) };
    insist(isDeepStrictEqual(call.told, may), `${call.step} is told ${JSON.stringify(call.told)}`);
  }
}
