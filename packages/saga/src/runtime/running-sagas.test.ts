import { expect, it } from 'vitest';
import { begin } from '../core/transition.js';
import { TRIP } from '../testing/process.fixture.js';
import { tripInputOf } from '../testing/trip.fixture.js';
import { RunningSaga } from './running-saga.js';
import { RunningSagas } from './running-sagas.js';

const copyOf = (sagaId: string, lane?: string) => {
  const beginning = { sagaId, businessKey: sagaId, input: tripInputOf(sagaId), ...(lane !== undefined && { lane }) };
  return new RunningSaga(TRIP, begin(TRIP, beginning, 0).saga, 0);
};

it('of the sagas in memory each counts once in its lane, also when one copy of it takes the place of another', () => {
  const sagas = new RunningSagas();
  const [former, copy, other] = [copyOf('1', 'acme'), copyOf('1', 'acme'), copyOf('2')];
  for (const running of [former, copy, copy, other]) sagas.add(running);
  expect([sagas.size, sagas.inLane('acme'), sagas.inLane('trip')]).toEqual([2, 1, 1]);
  expect([sagas.holds(former), sagas.holds(copy)]).toEqual([false, true]);
  sagas.remove(former);
  expect(sagas.get('1')).toBe(copy);
  for (const running of [copy, copy, other]) sagas.remove(running);
  expect([sagas.size, sagas.inLane('acme'), sagas.inLane('trip')]).toEqual([0, 0, 0]);
});
