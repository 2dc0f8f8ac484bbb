import { deepStrictEqual } from 'node:assert/strict';
import { exploreCrashes, failure, handler } from '@saga-checkout/saga/testing';
import { expect, it } from 'vitest';
import { card, flight, tripSaga } from './saga.ts';

/** Participants that keep their side: what was taken back is not done any more when its action arrives late. */
function participants() {
  const standing = new Set<string>();
  const takenBack = new Set<string>();
  const done = <Reply>(what: string, reply: Reply) => {
    if (takenBack.has(what)) return failure('TAKEN_BACK');
    standing.add(what);
    return reply;
  };
  const undone = (what: string) => {
    takenBack.add(what);
    standing.delete(what);
    return {};
  };
  return {
    handlers: {
      ...handler(flight.book, () => done('flight', { price: 300 })),
      ...handler(flight.cancel, () => undone('flight')),
      ...handler(card.charge, () => done('money', {})),
      ...handler(card.refund, () => undone('money')),
    },
    invariants: ({ status }: { status: string }) =>
      deepStrictEqual([...standing].sort(), status === 'COMPLETED' ? ['flight', 'money'] : []),
  };
}

it('leaves nothing over, wherever a process dies and whatever message is lost', { timeout: 120_000 }, async () => {
  const explored = await exploreCrashes(tripSaga, { input: { tripId: 't-7' }, participants, maxPairs: 200 });
  expect(explored.runs).toBeGreaterThan(500);
  expect(Object.keys(explored.outcomes).sort()).toEqual([
    'COMPENSATED (CANCELLED)',
    'COMPENSATED (DECLINED)',
    'COMPENSATED (SOLD_OUT)',
    'COMPENSATED (TIMEOUT)',
    'COMPLETED',
  ]);
});
