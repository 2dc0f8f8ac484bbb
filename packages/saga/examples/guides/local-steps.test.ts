import { defineSaga, type LocalCall, runLocal } from '@saga-checkout/saga';
import { conversation } from '@saga-checkout/saga/testing';
import { expect, it } from 'vitest';
import { z } from 'zod';
import { flight } from '../trip/contracts.ts';

const input = z.object({ tripId: z.string(), miles: z.number() });

/** Somebody else's service. Like most it takes an idempotency key, and does nothing twice under the same. */
const bonus = {
  balance: 500,
  spent: new Map<string, number>(),
  async spend(request: { key: string; tripId: string; miles: number }) {
    this.spent.set(request.tripId, request.miles);
    return { left: this.balance - request.miles };
  },
  async giveBack(request: { key: string; tripId: string }) {
    this.spent.delete(request.tripId);
  },
};

const flying = defineSaga('flying', { version: 1, input })
  .local(
    'miles',
    async ({ input, idempotencyKey, refuse }) => {
      if (input.miles > bonus.balance) refuse('NOT_ENOUGH_MILES', `there are ${bonus.balance} left`);
      return bonus.spend({ key: idempotencyKey, tripId: input.tripId, miles: input.miles });
    },
    { refusals: ['NOT_ENOUGH_MILES'], timeoutMs: 2_000 },
  )
  .compensateLocal(({ input, idempotencyKey }) => bonus.giveBack({ key: idempotencyKey, tripId: input.tripId }))
  .step('flight', flight.book, ({ input }) => ({ tripId: input.tripId }))
  .compensate(flight.cancel, ({ input }) => ({ tripId: input.tripId }))
  .build();

it('the function is called once its call is journaled, and its result is the reply', async () => {
  const begun = conversation(flying, { tripId: 't', miles: 200 });
  const call = { id: 'c', sagaId: 's', step: 'miles', phase: 'do', attempt: 1 } satisfies LocalCall;
  expect(await runLocal(flying, begun.saga, call)).toEqual({ outcome: 'done', data: { left: 300 } });
  expect(await runLocal(flying, begun.saga, call)).toEqual({ outcome: 'done', data: { left: 300 } });
  expect(bonus.spent).toEqual(new Map([['t', 200]]));
});

it('a refusal is a business no, whatever else it throws is a failure', async () => {
  const call = { id: 'c', sagaId: 's', step: 'miles', phase: 'do', attempt: 1 } satisfies LocalCall;
  const tooMany = conversation(flying, { tripId: 't', miles: 900 });
  expect(await runLocal(flying, tooMany.saga, call)).toMatchObject({ outcome: 'refused', code: 'NOT_ENOUGH_MILES' });
  const broken = defineSaga('broken', { version: 1, input })
    .local('miles', () => {
      throw new Error('away');
    })
    .build();
  const { saga } = conversation(broken, { tripId: 't', miles: 1 });
  expect(await runLocal(broken, saga, call)).toMatchObject({ outcome: 'failed', code: 'LOCAL_STEP_FAILED' });
});

it('a conversation answers for the function', () => {
  conversation(flying, { tripId: 't', miles: 200 })
    .expectLocal('miles')
    .reply({ left: 300 })
    .expect(flight.book)
    .refuse('SOLD_OUT')
    .expectLocal('miles', 'undo')
    .reply({ left: 500 })
    .ends('COMPENSATED', 'SOLD_OUT');
});
