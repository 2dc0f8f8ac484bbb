import { defineSaga } from '@saga-checkout/saga';
import { conversation } from '@saga-checkout/saga/testing';
import { expect, it } from 'vitest';
import { z } from 'zod';
import { card, flight, insurance } from '../trip/contracts.ts';

const input = z.object({ tripId: z.string(), insured: z.boolean() });

const journey = defineSaga('journey', { version: 1, input })
  .step('flight', flight.book, ({ input }) => ({ tripId: input.tripId }))
  .compensate(flight.cancel, ({ input }) => ({ tripId: input.tripId }))
  .step('insurance', insurance.buy, ({ input }) => ({ tripId: input.tripId }), {
    when: ({ input, replies }) => input.insured && replies.flight.price > 100,
  })
  .compensate(insurance.cancel, ({ input }) => ({ tripId: input.tripId }))
  .step('pay', card.charge, ({ input, replies }) => ({
    tripId: input.tripId,
    amount: replies.flight.price + (replies.insurance?.price ?? 0),
  }))
  .build();

const flown = (insured: boolean, price: number) =>
  conversation(journey, { tripId: 't', insured }).expect(flight.book).reply({ price });

it('a step runs if its condition holds', () => {
  flown(true, 300).expect(insurance.buy).reply({ price: 40 }).expect(card.charge, { tripId: 't', amount: 340 });
});

it('a step is skipped if it does not hold: later steps find no reply of it', () => {
  const skipped = flown(true, 90).expect(card.charge, { tripId: 't', amount: 90 }).leave();
  expect(skipped.saga.steps.insurance).toEqual({ status: 'SKIPPED', reason: 'not needed, says its condition' });
});

it('a step that was skipped is not taken back', () => {
  flown(false, 300)
    .expect(card.charge)
    .refuse('DECLINED')
    .expect(flight.cancel)
    .reply({})
    .ends('COMPENSATED', 'DECLINED');
});

it('a condition that throws fails the saga, and its step did nothing', () => {
  const broken = defineSaga('broken', { version: 1, input })
    .step('flight', flight.book, ({ input }) => ({ tripId: input.tripId }), {
      when: () => {
        throw new Error('a mistake');
      },
    })
    .compensate(flight.cancel, ({ input }) => ({ tripId: input.tripId }))
    .build();
  conversation(broken, { tripId: 't', insured: false }).ends('COMPENSATED', 'DEFINITION_ERROR');
});

it('the compiler makes those who use the reply say what happens without it', () => {
  const builder = defineSaga('types', { version: 1, input }).step(
    'insurance',
    insurance.buy,
    ({ input }) => ({ tripId: input.tripId }),
    { when: ({ input }) => input.insured },
  );
  // @ts-expect-error: the step may have been skipped
  builder.step('pay', card.charge, ({ input, replies }) => ({ tripId: input.tripId, amount: replies.insurance.price }));
});
