import { defineSaga } from '@saga-checkout/saga';
import { conversation } from '@saga-checkout/saga/testing';
import { expect, it } from 'vitest';
import { z } from 'zod';
import { card } from '../trip/contracts.ts';

const stayed = z.object({ stayId: z.string(), nights: z.number() });

const room = {
  book: {
    name: 'room.book',
    queue: 'rooms',
    payload: stayed,
    reply: z.object({ price: z.number() }),
    refusals: ['NO_ROOM', 'CLOSED'],
  },
  cancel: {
    name: 'room.cancel',
    queue: 'rooms',
    payload: z.object({ stayId: z.string(), reason: z.string() }),
    reply: z.object({}),
    refusals: [],
  },
} as const;

const stay = defineSaga('stay', { version: 1, input: stayed })
  .step('room', room.book, ({ input }) => input)
  .compensate(room.cancel, ({ input, failure }) => ({ stayId: input.stayId, reason: failure.code }))
  .step('payment', card.charge, ({ input, replies }) => ({ tripId: input.stayId, amount: replies.room.price }))
  .compensate(card.refund, ({ input }) => ({ tripId: input.stayId }))
  .build();

const booked = () => conversation(stay, { stayId: 's-1', nights: 2 }).expect(room.book).reply({ price: 180 });

it('a refused step is not taken back, the one before it is', () => {
  booked()
    .expect(card.charge, { tripId: 's-1', amount: 180 })
    .refuse('DECLINED')
    .expect(room.cancel, { stayId: 's-1', reason: 'DECLINED' })
    .reply({})
    .ends('COMPENSATED', 'DECLINED');
});

it('a step whose outcome stays unknown is taken back like one that was done', () => {
  booked()
    .expect(card.charge)
    .timeOutForGood()
    .expect(card.refund)
    .reply({})
    .expect(room.cancel)
    .reply({})
    .ends('COMPENSATED', 'TIMEOUT');
});

it('a reply that breaks its contract is a failure', () => {
  const charging = booked().expect(card.charge).leave();
  const outcome = { outcome: 'done', data: { receipt: 7 } } as const;
  charging.happen({ kind: 'reply', step: 'payment', phase: 'do', attempt: 1, outcome });
  expect(charging.logs.at(-1)).toMatchObject({ event: 'STEP_FAILED', data: { error: { code: 'INVALID_REPLY' } } });
});

it('a compensation that is refused parks the saga', () => {
  const cancelling = { ...room.cancel, refusals: ['TOO_LATE'] } as const;
  const strict = defineSaga('stay', { version: 1, input: stayed })
    .step('room', room.book, ({ input }) => input)
    .compensate(cancelling, ({ input, failure }) => ({ stayId: input.stayId, reason: failure.code }))
    .step('payment', card.charge, ({ input }) => ({ tripId: input.stayId, amount: 1 }))
    .build();
  const back = conversation(strict, { stayId: 's-1', nights: 2 }).expect(room.book).reply({ price: 1 });
  back.expect(card.charge).refuse('DECLINED').expect(cancelling).refuse('TOO_LATE').parks('DECLINED');
});
